"""Measuring: intervals of figures, budgets spent by runs with noise, and benches of cost on a machine."""

from privacy.benches.bench import Bench, GasBench
from privacy.results import machine, versions
from privacy.services.accounting import spent_by
from privacy.stats import FINE, Interval, auc_interval, mean, median

__all__ = [
    "FINE",
    "Bench",
    "GasBench",
    "Interval",
    "auc_interval",
    "machine",
    "mean",
    "median",
    "spent_by",
    "versions",
]
