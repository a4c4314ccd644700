"""Standing notices: who sees what in this set-up, and what was wrong with a link."""

import streamlit as st

from ui import format as f


def device() -> None:
    """Say which machine sees the taste."""
    st.html(
        "<p class='vb vb-note'>This process is the device: it sees the taste. Privacy here is towards the servers. "
        "Everything runs on this machine (a set-up of your own: device and servers are parties in it, joined by "
        "recorded wires). People and their histories are simulated, unless you use your own taste or "
        "data with real ones.</p>"
    )


def problems(found: list[str]) -> None:
    """Show what a link asked for and could not get."""
    if found:
        st.warning("  \n".join(map(f.markdown_text, found)))
