"""Attacks on sums of many contributors."""
