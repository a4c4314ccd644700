"""Randomised vectors for scoring."""
