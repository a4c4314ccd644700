"""Intervals of figures."""

from privacy.stats import Interval, mean, median

__all__ = [
    "Interval",
    "mean",
    "median",
]
