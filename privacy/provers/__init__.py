"""Provers: zero-knowledge proofs of what a device computed on its own, which a contract can check."""
