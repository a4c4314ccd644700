"""Scoring over additive shares: two servers that do not collude learn nothing about the vector."""
