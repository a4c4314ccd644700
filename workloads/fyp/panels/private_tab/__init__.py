"""A person's own taste, kept in the browser's tab: chosen, encrypted, scored and fetched without showing it to the app.

The code in the browser is the backend's client and `tab.js`. Nothing of it ever sets a value that this process would
get: what leaves the tab are queries, to the relay.
"""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import streamlit as st

_HERE = Path(__file__).parent


def _read(name: str) -> str:
    return (_HERE / name).read_text(encoding="utf-8")


def _script(client: Sequence[str]) -> str:
    return "\n".join([*client, _read("tab.js")])


def digest(client: Sequence[str]) -> str:
    """SHA-256 of the script that the tab runs, in hexadecimal."""
    return hashlib.sha256(_script(client).encode()).hexdigest()


@functools.lru_cache(maxsize=4)
def _component(client: tuple[str, ...]) -> Any:
    return st.components.v2.component(
        f"veilbench_tab_{digest(client)[:12]}", html=_read("tab.html"), css=_read("tab.css"), js=_script(client)
    )


def show(client: Sequence[str], *, key: str, data: Mapping[str, Any]) -> None:
    """Draw it. `client` is the backend's JavaScript, `data` what it is opened with: all of it public."""
    _component(tuple(client))(key=key, data=dict(data))
