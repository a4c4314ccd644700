"""Wallets: who a person is by a key that only their wallet holds."""
