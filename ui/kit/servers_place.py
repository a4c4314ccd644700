"""Where the parties run: in this process, or on servers; the button behind which that is chosen, and one sentence."""

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.services import servers
from ui.kit import servers as panel
from ui.kit.html import render


def popover() -> None:
    """A button that says where the parties run, and behind it the choice."""
    with st.popover(_label()):
        panel.show()


def _label() -> str:
    try:
        now = servers.configured()
    except VeilbenchError:
        return "Servers: ⚠"
    count = len(now.urls) if now else 0
    return "Servers" if not count else f"Servers: {count}"


def sentence() -> str:
    """Where the parties run, as HTML; what is wrong with the setting is said behind its button."""
    try:
        now = servers.configured()
    except VeilbenchError:
        return "The servers' addresses cannot be read. Open Servers to set them again."
    if now is None:
        return (
            "Everything runs on this machine: device and servers are parties in this process, joined by recorded wires."
        )
    return render("kit/place", urls=now.urls, whole=True)


def where() -> str:
    """The same in a few words, as HTML. VeilbenchError if the setting cannot be read."""
    now = servers.configured()
    return render("kit/place", urls=now.urls, whole=False) if now else "parties in this process"
