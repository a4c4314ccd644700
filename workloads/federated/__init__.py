"""Federated training: devices train a next-word model of a keyboard, and only sums of their updates are seen."""
