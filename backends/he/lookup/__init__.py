"""Lookup under homomorphic encryption."""
