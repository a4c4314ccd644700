"""Intervals of figures, and what noised runs have spent."""

from privacy.services.accounting import spent_by
from privacy.stats import FINE, Interval, mean, median

__all__ = [
    "FINE",
    "Interval",
    "mean",
    "median",
    "spent_by",
]
