"""Provers: zero-knowledge proofs that a contract checks."""
