"""Labeling: a crowd labels, and a consensus is found."""
