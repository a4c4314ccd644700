"""Sums under homomorphic encryption."""
