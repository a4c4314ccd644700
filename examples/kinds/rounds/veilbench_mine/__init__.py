"""Sums in several rounds: two servers, of which neither reads a vector alone."""
