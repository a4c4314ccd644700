"""Lookup from two servers that must not collude."""
