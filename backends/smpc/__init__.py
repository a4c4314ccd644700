"""Sums by secret sharing: masks that cancel among contributors, or additive shares to two servers."""
