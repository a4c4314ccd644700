"""The plots of a comparison, drawn as SVG by the host: privacy against utility, the sweep, and cost."""

import streamlit as st

from privacy.compare.plan import Comparison
from privacy.export.drawn import drawn
from ui.kit import format as f


def show(comparison: Comparison) -> None:
    """One tab for each plot; the sweep's is open first where there is one."""
    plots, swept = drawn(comparison), f"By {comparison.plan.sweep}"
    names = [one.tab for one in plots]
    tabs = st.tabs(names, default=swept if swept in names else names[0])
    for tab, one in zip(tabs, plots, strict=True):
        with tab:
            figure(one.svg, f.text(one.caption))


def figure(svg: str, caption: str) -> None:
    """An SVG with a caption of escaped text."""
    # `st.html` drops SVG; as one HTML block the Markdown element keeps it, in the colours of the page's theme.
    st.markdown(
        f"<figure class='vb vb-figure'>{svg}<figcaption class='vb-dim'>{caption}</figcaption></figure>",
        unsafe_allow_html=True,
    )
