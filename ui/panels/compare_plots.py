"""The plots of a comparison, drawn as SVG by the host: privacy against utility, the sweep, and cost."""

import streamlit as st

from privacy.comparison import Comparison
from privacy.plots import bounds_of, costs, sweep, tradeoff


def show(comparison: Comparison) -> None:
    """One tab for each plot."""
    rows, name = comparison.rows(), comparison.plan.sweep
    drawn = {
        "Whole view": (
            tradeoff(rows, attack="attribute_advantage"),
            "Up is a better feed, left is less learnt. The attacker reads everything that one server received: the "
            "scoring step and the fetch. Dashed: what guessing reaches, what a random feed scores, and the same attack "
            "on the plain control of the same run.",
        ),
        "Scoring alone": (
            tradeoff(rows, attack="attribute_advantage_scoring"),
            "What the same attacker learns if it does not see which items are fetched.",
        ),
    }
    if name:
        drawn[f"By {name}"] = (
            sweep(rows, bounds_of(comparison), parameter=name),
            "An axis holds one unit of privacy only: a value of epsilon says nothing without what it counts for.",
        )
    drawn["Cost"] = (costs(rows), "Logarithmic axes; bars are 95% intervals of medians over many requests.")
    names = list(drawn)
    tabs = st.tabs(names, default=names[2] if name else names[0])
    for tab, (svg, caption) in zip(tabs, drawn.values(), strict=True):
        with tab:
            # `st.html` drops SVG; as one HTML block the Markdown element keeps it, in the colours of the page's theme.
            st.markdown(
                f"<figure class='vb vb-figure'>{svg}<figcaption class='vb-dim'>{caption}</figcaption></figure>",
                unsafe_allow_html=True,
            )
