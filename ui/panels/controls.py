"""The controls of the For-You page: who asks, under which backend, with which settings."""

import streamlit as st

from privacy.registry import Registry
from privacy.workloads import fyp
from privacy.workloads.options import FypOptions
from privacy.workloads.request import OWN
from privacy.workloads.world import World
from ui import format as f
from ui import state
from ui.panels import params_form
from ui.state import Settings


def title(registry: Registry, stack: str) -> str:
    """A stack's name as a person reads it."""
    return " + ".join(registry.spec(one).title for one in stack.split("+"))


def show(settings: Settings, registry: Registry, world: World) -> None:
    """Draw one row of controls, and under it what the chosen ones mean."""
    names = {p.id: f"{p.name}, simulated" for p in world.personas} | {OWN: "My own taste"}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("For you", anchor=False, width="content")
        st.selectbox(
            "Viewer", list(names), index=list(names).index(settings.user), format_func=names.__getitem__,
            key=state.key("user"), width=210,
        )  # fmt: skip
        st.segmented_control(
            "Backend", fyp.offered(registry), default=settings.stack, format_func=lambda s: title(registry, s),
            key=state.key("stack"), required=True,
        )  # fmt: skip
        with st.popover("Settings"):
            _settings(settings, registry)
        with st.popover("Link"):
            st.html("<p class='vb'>Reproduces every setting on this page. It never holds a taste.</p>")
            st.code(state.link(settings), language=None, wrap_lines=True)
    _captions(settings, registry, world)


def _settings(settings: Settings, registry: Registry) -> None:
    kind = registry.spec(settings.stack).params
    st.subheader(f"{title(registry, settings.stack)}", anchor=False)
    params_form.show(kind, settings.params.get(settings.stack, {}), prefix=f"{settings.stack}.")
    if not kind.__dataclass_fields__:
        st.html("<p class='vb vb-dim'>This backend has nothing to set.</p>")
    st.subheader("Workload", anchor=False)
    params_form.show(FypOptions, vars(settings.options))


def _captions(settings: Settings, registry: Registry, world: World) -> None:
    blurbs = {p.id: p.blurb for p in world.personas} | {OWN: "Your own taste, kept on this device alone."}
    summary = registry.spec(settings.stack.split("+")[-1]).summary
    off = "".join(
        f"<p class='vb-note'>Not available: <b>{f.text(e.id)}</b>. {f.text(e.reason)}</p>"
        for e in registry.entries
        if not e.available
    )
    st.html(
        f"<div class='vb'><p><b>{f.text(title(registry, settings.stack))}.</b> {f.text(summary)} "
        f"<span class='vb-dim'>{f.text(blurbs[settings.user])}</span></p>{off}</div>"
    )
