"""Simulated crowds: who votes, and how."""
