"""Consensus: one class for each task from the votes of a crowd."""
