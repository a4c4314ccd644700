"""Scores from two servers that each hold one share of a vector."""
