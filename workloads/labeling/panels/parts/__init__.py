"""What a labeler works with in the browser: a choice of classes with keys, and boxes drawn on an image.

Components of the page, without a frame around them. What they send is checked where votes are taken.
"""

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def _component(name: str) -> Any:
    html, css, js = ((_HERE / file).read_text(encoding="utf-8") for file in (f"{name}.html", "parts.css", f"{name}.js"))
    return st.components.v2.component(f"veilbench_labeling_{name}", html=html, css=css, js=js)


choice = _component("choice")
boxes = _component("boxes")
"""Registered once, at import."""
