"""Comparisons: plans, their runs, and the book that keeps them."""
