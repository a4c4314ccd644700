"""A chart on a page, with its caption below."""

import copy

import streamlit as st

from privacy.plots import Chart
from ui.kit.html import render

_WIDE = 820


def show(chart: Chart) -> None:
    """`chart` in the colours of the page's theme, no wider than the page; in its place stands its description."""
    with st.container(width=_WIDE):
        # Streamlit works on the specification that it is given, and this one is shared. It warns where that has a
        # description beside `alt`.
        spec = copy.deepcopy({k: v for k, v in chart.spec.items() if k != "description"})
        # Streamlit's theme moves the first and the last label of an axis away from their ticks.
        spec.setdefault("config", {}).setdefault("axis", {})["labelFlush"] = False
        st.vega_lite_chart(spec=spec, width="stretch", alt=chart.description)
        if chart.caption:
            st.html(render("kit/caption", text=chart.caption))
