"""Charts and sentences for panels."""

from privacy.answers import bar, lines_of, written
from privacy.plots import answers, clipping, disaggregation
from privacy.plots.disaggregation import Curve, Point
from privacy.words import FAILED_ATTACK

__all__ = [
    "FAILED_ATTACK",
    "Curve",
    "Point",
    "answers",
    "bar",
    "clipping",
    "disaggregation",
    "lines_of",
    "written",
]
