"""Standing notices: who sees what in this set-up, and what was wrong with a link."""

import streamlit as st

from ui.kit import format as f
from ui.kit import servers_place
from workloads.fyp.verdict import DEVICE_SEES

_SURVEY = (
    "This process plays every simulated device and holds all of their cells. Privacy here is towards whoever computes "
    "the sum, and whoever reads it."
)


def device(*, survey: bool = False) -> None:
    """Say which machine sees the taste, or in a survey the cells."""
    st.html(
        f"<p class='vb vb-note'>{_SURVEY if survey else DEVICE_SEES} "
        f"{servers_place.sentence()} People and their histories are simulated, unless you use your own taste or "
        "data with real ones.</p>"
    )


def problems(found: list[str]) -> None:
    """Show what a link asked for and could not get."""
    if found:
        st.warning("  \n".join(map(f.markdown_text, found)))
