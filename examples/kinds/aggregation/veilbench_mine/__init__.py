"""Sums over many contributors, whose aggregator reads each vector: a start, which hides nothing."""
