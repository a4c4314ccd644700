"""Home: what this is, what there is to do, and which backends can be used here."""

from pathlib import Path

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.spec import WorkloadSpec
from ui import resources
from ui.kit import backends, notice, screens, servers_place
from ui.kit.errors import guard
from ui.kit.html import markup, render

_INTRO = """
<div class='vb'><p class='vb-lead'>Veilbench runs a workload under different privacy technologies, and lets you swap
them while it runs. It measures what each costs in time, bytes and accuracy. It shows the bytes that the untrusted
side received, attacks them, and says what the attacker learnt.</p></div>
"""
_PLUGINS = (
    "Lists every backend and workload, its origin and what it declares. Run the conformance kit on a backend, read "
    "the results, and add a technology of your own."
)
_CHAIN = (
    "Shows live what our contracts did, on this device's chain or another: rooms, versions of models, logged lists. "
    "Search for one of them to see where it came from and what followed."
)


def entry(title: str, text: str, links: list[tuple[object, str, dict[str, str]]]) -> None:
    """One thing to do, with the pages where it is done."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(render("entry", title=title, text=text))
        with st.container(horizontal=True, width="content", gap="small"):
            for page, label, query in links:
                st.page_link(page, label=label, query_params=query or None, width="content")


def links_of(spec: WorkloadSpec) -> list[tuple[object, str, dict[str, str]]]:
    """Where a workload is run: its own page, and the two that every workload has."""
    query = {} if spec.id == RunRequest.workload else {"workload": spec.id}
    own = [(page, "Open →", {}) for page in screens.pages_of(spec)[:1]]
    return [*own, (_path("compare"), "Compare backends →", query), (_path("server"), "See the wires →", query)]


def _path(page: str) -> str:
    return str(Path(__file__).with_name(f"{page}.py"))


def page(registry: Registry) -> None:
    """Draw the page."""
    st.title("Veilbench", anchor=False)
    st.html(_INTRO)
    for spec in registry.workloads.values():
        entry(f"{spec.icon} {spec.title}".strip(), spec.summary, links_of(spec))
    entry("Chain", _CHAIN, [(_path("chain"), "Open the chain →", {})])
    entry("Plugins", _PLUGINS, [(_path("plugins"), "Open plugins →", {})])
    st.header("Backends", anchor=False)
    with guard():
        backends.show(registry)
    st.header("What runs where", anchor=False)
    with guard():
        st.html(render("where", servers=markup(servers_place.where())))
    notice.device()


with guard():
    page(resources.registry())
