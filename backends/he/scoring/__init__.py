"""Scores under homomorphic encryption."""
