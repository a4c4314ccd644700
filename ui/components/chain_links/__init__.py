"""Links of the Chain page, followed in place: a link as it stands would load the whole app anew.

Without this code, or with a key held down, they are ordinary links.
"""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

_follow = st.components.v2.component(
    "veilbench_chain_links", html="<span></span>", js=Path(__file__).with_name("links.js").read_text(encoding="utf-8")
)
"""Registered once, at import."""


def follow(*, key: str, on_q_change: Callable[[], None]) -> None:
    """Listen for links to `?q=…`; one that is followed is `q` of the component's state in the run after."""
    _follow(key=key, on_q_change=on_q_change)
