"""The wallet in the browser: the account control in the header, and the button that sends a transaction.

Components of the page, without a frame around them: a wallet's provider is in the page's window alone.
"""

from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _component(name: str) -> Any:
    """A component of this folder. The code that all share stands before its own."""
    return st.components.v2.component(
        f"veilbench_wallet_{name}", html=_read(f"{name}.html"), css=_read("wallet.css"),
        js=f"{_read('hub.js')}\n{_read(f'{name}.js')}",
    )  # fmt: skip


control = _component("control")
send = _component("send")
"""Registered once, at import."""
