"""Noised sums."""
