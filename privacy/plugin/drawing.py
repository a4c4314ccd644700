"""Charts and sentences for panels."""

from privacy.plots import disaggregation
from privacy.plots.disaggregation import Curve, Point
from privacy.words import FAILED_ATTACK

__all__ = [
    "FAILED_ATTACK",
    "Curve",
    "Point",
    "disaggregation",
]
