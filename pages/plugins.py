"""Plugins: every backend, workload, blob store and chain, where it comes from, and what the kit found of a backend."""

import streamlit as st

from privacy.home import home
from ui import resources
from ui.kit import notice
from ui.kit.errors import guard
from ui.kit.html import render
from ui.plugins import chains, provers, stores, workloads
from ui.plugins import check as plugins_check
from ui.plugins import table as plugins_table


def problems(usable: list[str]) -> list[str]:
    """What the link asks for and cannot get; read before the widget puts the link right."""
    query = st.query_params.to_dict()
    found = [f"There is no setting named {name[:40]!r}." for name in query if name != "backend"]
    if (order := query.get("backend")) is not None and order not in usable:
        found.append(f"The backend {order[:40]!r} cannot be used here; choose one of {', '.join(usable)}.")
    return found


def page() -> None:
    """Draw the page from the link's backend."""
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title("Plugins", anchor=False, width="content")
        reload = st.button("Reload plugins", key="reload")
    registry = resources.reload_plugins() if reload else resources.registry()
    usable = [e.id for e in registry.entries if e.available]
    notice.problems(problems(usable))
    st.html(render("plugins/about", folder=home() / "plugins"))
    st.header("Backends", anchor=False)
    with guard():
        plugins_table.show(registry)
    st.header("Workloads", anchor=False)
    with guard():
        workloads.show(registry)
    st.header("Blob stores", anchor=False)
    with guard():
        stores.show(registry)
    st.header("Chains", anchor=False)
    with guard():
        chains.show(registry)
    st.header("Provers", anchor=False)
    with guard():
        provers.show(registry)
    st.header("Conformance checks", anchor=False)
    chosen = st.selectbox("Backend to check", usable, key="backend", bind="query-params")
    if chosen:
        with guard():
            plugins_check.show(chosen, registry, resources.checks())


with guard():
    page()
