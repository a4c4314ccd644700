"""Differential privacy: local releases of a vector, and noised sums of many."""
