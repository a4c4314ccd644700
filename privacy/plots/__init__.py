"""Plots of comparisons as SVG text: no library, no script, no asset, readable on a light and on a dark ground.

They take plain rows (`Comparison.rows()`) and return one `<svg>` with a title and a description in words. Text has
the colour of the page; marks have a colour that stands out by 3:1 on white and on near-black (WCAG 2.2, 1.4.11), and
a shape and a label beside it, so that colour is never the only sign.
"""

from privacy.plots.cost import costs
from privacy.plots.sandwich import SandwichRow, sandwich
from privacy.plots.sweep import bounds_of, sweep
from privacy.plots.tradeoff import tradeoff

__all__ = ["SandwichRow", "bounds_of", "costs", "sandwich", "sweep", "tradeoff"]
