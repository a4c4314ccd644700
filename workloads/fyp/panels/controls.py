"""The controls of the For-You page: who asks, under which backend, with which settings."""

import streamlit as st

from privacy.params import owners
from privacy.registry import Registry
from privacy.request import OWN
from ui import resources
from ui.kit import format as f
from ui.kit import params_form, servers_place
from workloads.fyp import workload as fyp
from workloads.fyp.options import FypOptions
from workloads.fyp.panels import data, state
from workloads.fyp.panels.state import Settings
from workloads.fyp.world import World


def title(registry: Registry, stack: str) -> str:
    """A stack's name as a person reads it."""
    return " + ".join(one.title for one in registry.members(stack))


def show(settings: Settings, registry: Registry, world: World) -> None:
    """Draw one row of controls, and under it what the chosen ones mean."""
    kind = "simulated" if world.simulated else "pseudonym"
    names = {p.id: f"{p.name}, {kind}" for p in world.personas} | {OWN: "My own taste"}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("For you", anchor=False, width="content")
        st.selectbox(
            "Viewer", list(names), index=list(names).index(_viewer(settings, world)), format_func=names.__getitem__,
            key=state.key("user"), width=210,
        )  # fmt: skip
        st.segmented_control(
            "Backend", fyp.offered(registry), default=settings.stack, format_func=lambda s: title(registry, s),
            key=state.key("stack"), required=True,
        )  # fmt: skip
        data.popover(settings, world, resources.feed_book())
        servers_place.popover()
        with st.popover("Settings"):
            _settings(settings, registry)
        with st.popover("Link"):
            st.html(
                "<p class='vb'>Reproduces every setting on this page. It never holds a taste, or which data is on.</p>"
            )
            st.code(state.link(settings), language=None, wrap_lines=True)
    _captions(settings, registry, world)


def _settings(settings: Settings, registry: Registry) -> None:
    found = state.fields_of(settings.stack, registry)
    st.subheader(title(registry, settings.stack), anchor=False)
    params_form.show(found, settings.params.get(settings.stack, {}), prefix=f"{settings.stack}.")
    if not found:
        st.html("<p class='vb vb-dim'>This backend has nothing to set.</p>")
    st.subheader("Workload", anchor=False)
    params_form.show(owners(FypOptions), vars(settings.options))


def _viewer(settings: Settings, world: World) -> str:
    """Who is chosen, by the id that the data has for them."""
    return OWN if settings.user == OWN else world.persona(settings.user).id


def _captions(settings: Settings, registry: Registry, world: World) -> None:
    blurbs = {p.id: p.blurb for p in world.personas} | {OWN: "Your own taste, kept on this device alone."}
    members = registry.members(settings.stack)
    backends = " ".join(f"<b>{f.text(one.title)}.</b> {f.text(one.summary)}" for one in members)
    off = "".join(
        f"<p class='vb-note'>Not available: <b>{f.text(e.id)}</b>. {f.text(e.reason)}</p>"
        for e in registry.entries
        if not e.available
    )
    division = f.text(fyp.division(registry, settings.stack))
    viewer = f.text(blurbs[_viewer(settings, world)])
    st.html(f"<div class='vb'><p>{backends} {division} <span class='vb-dim'>{viewer}</span></p>{off}</div>")
