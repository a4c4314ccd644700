"""Intervals of figures."""

from privacy.stats import FINE, Interval, mean, median

__all__ = [
    "FINE",
    "Interval",
    "mean",
    "median",
]
