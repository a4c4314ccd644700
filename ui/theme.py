"""The one place with CSS: the instrument look of cards, figures and plots, in both themes.

Colours come in pairs, `light-dark(day, night)`; which one holds follows Streamlit's own theme, not the system's.
"""

from pathlib import Path

import streamlit as st

_CSS = Path(__file__).with_name("theme.css")


def apply() -> None:
    """Add the styles to the page."""
    st.html(_CSS)
