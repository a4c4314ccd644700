"""The one place with CSS: the instrument look of cards, figures and plots, in both themes.

Colours come in pairs, `light-dark(day, night)`; which one holds follows Streamlit's own theme, not the system's.
"""

from pathlib import Path

import streamlit as st

ROOT = Path(__file__).resolve().parents[1]
_ASSETS = ROOT / "ui" / "assets"
ICON = (_ASSETS / "icon.png").read_bytes()
LOGO = (_ASSETS / "logo.svg").read_text(encoding="utf-8")
"""Read once: every redraw of a page names them."""
_CSS = f"<style>{Path(__file__).with_name('theme.css').read_text(encoding='utf-8')}</style>"


def apply() -> None:
    """Add the styles to the page."""
    st.html(_CSS)
