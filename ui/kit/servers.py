"""Servers: where the computing parties of this device's runs live, if not on this device."""

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.services import servers
from privacy.services.servers import Checked, Servers
from ui.kit import format as f
from ui.kit.html import render

_URLS, _TOKEN, _FOUND = "servers/urls", "servers/token", "servers/found"
_WHO = (
    "Each server reads the wires of its own party, as the guarantee says, and the catalogue, which this device "
    "sends. Your likes, your history and your keys stay on this device. Over http instead of https, anyone on the "
    "network reads what the server reads."
)


def show() -> None:
    """The servers in use, and the way to choose others; an error is a sentence in its place."""
    try:
        now = servers.configured()
    except VeilbenchError as error:
        st.error(f.markdown_text(str(error)))
        if st.button("Stop using servers", key="servers/mend"):
            servers.clear()
            st.rerun()
        return
    st.html(render("kit/servers", urls=now.urls if now else (), who=_WHO))
    st.session_state.setdefault(_URLS, ", ".join(now.urls) if now else "")
    st.text_input("Addresses", key=_URLS, placeholder="http://127.0.0.1:8511, http://127.0.0.1:8512")
    st.text_input(
        "Token", key=_TOKEN, type="password", autocomplete="off",
        placeholder="kept" if now else "from the file named by veilbench serve",
        help="Leave empty for servers of this machine and for servers already in use.",
    )  # fmt: skip
    with st.container(horizontal=True):
        check = st.button("Check", key="servers/check")
        use = st.button("Use these servers", key="servers/use", type="primary")
        stop = st.button("Stop using servers", key="servers/stop", disabled=now is None, on_click=_empty)
    if stop:
        servers.clear()
        st.session_state.pop(_FOUND, None)
        st.rerun()
    if check or use:
        _ask(now, use=use)
    for one in st.session_state.get(_FOUND, []):
        _line(one)


def _empty() -> None:
    """Runs before the next drawing, when widgets may still be emptied."""
    st.session_state[_URLS] = st.session_state[_TOKEN] = ""


def _ask(now: Servers | None, *, use: bool) -> None:
    """Check what was typed; use it if every server answers."""
    st.session_state.pop(_FOUND, None)
    try:
        chosen = _typed(now)
        with st.spinner("Asking the servers"):
            found = servers.check(chosen)
        st.session_state[_FOUND] = found
        if use and not any(one.problem for one in found):
            servers.save(chosen)
            st.rerun()
    except VeilbenchError as error:
        st.error(f.markdown_text(str(error)))


def _typed(now: Servers | None) -> Servers:
    """What is in the fields. The token in use is not shown again: empty, it is kept for the same addresses."""
    typed = str(st.session_state[_TOKEN])
    chosen = servers.servers(str(st.session_state[_URLS]), typed)
    return now if now is not None and not typed and now.urls == chosen.urls else chosen


def _line(one: Checked) -> None:
    if one.problem:
        st.error(f.markdown_text(one.problem))
    else:
        st.success(f.markdown_text(f"{one.url} answers, with the role {one.role}."))
