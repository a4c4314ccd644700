"""Plots: each a chart definition that makes a Vega-Lite specification of plain rows.

A page draws the specification with Streamlit, a report turns it into a picture. Every stack has a shape and a text
beside its colour, every figure its interval, and every chart a description in words.
"""

from privacy.plots.answers import answers
from privacy.plots.chart import Chart
from privacy.plots.clipping import clipping
from privacy.plots.cost import costs
from privacy.plots.disaggregation import disaggregation
from privacy.plots.sandwich import SandwichRow, sandwich
from privacy.plots.sweep import bounds_of, sweep
from privacy.plots.tradeoff import tradeoff

__all__ = [
    "Chart",
    "SandwichRow",
    "answers",
    "bounds_of",
    "clipping",
    "costs",
    "disaggregation",
    "sandwich",
    "sweep",
    "tradeoff",
]
