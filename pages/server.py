"""Server view: every wire of one run, what any coalition of parties sees of it, and the attacks on it on demand."""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.spec import WorkloadSpec
from privacy.stacks import code_of, filled
from ui import resources
from ui.kit import notice, own_data, waiting
from ui.kit.errors import guard
from ui.kit.link import Link
from ui.kit.stacks import mended
from ui.plugins import strangers
from ui.server import coalition, controls, table
from ui.server.view import Panels, View, panels_of

_INTRO = (
    "<p class='vb'>One run, wire by wire: what each party received, what the backend declares it to be, and what was "
    "found in the bytes. A declaration is only the backend's word. A finding is measured, and is no guarantee.</p>"
)


def panel(heading: str, draw: Callable[[], None]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()


def shown(request: RunRequest, spec: WorkloadSpec, panels: Panels, link: Link, registry: Registry) -> None:
    """The round of a request, panel by panel; nothing where it may not begin by itself."""
    small = filled(replace(request, options={**request.options, **spec.small}), registry)
    if not panels.admitted(small, registry):
        return
    found = waiting.round_of(small, registry, private=panels.private(small, registry))
    view = View(found, request, spec, code_of(spec), registry)
    for heading, draw in panels.before(view):
        panel(heading, draw)
    panel("Every wire, in order", lambda: table.show(view))
    panel("The view of a coalition", lambda: coalition.show(view, link))
    for heading, draw in panels.after(view):
        panel(heading, draw)


def page() -> None:
    """Draw the page from its address."""
    registry = resources.registry()
    link = Link.enter("server", lambda query: mended(query, registry))
    link.known("who")
    problems, request = st.container(), None
    unreadable: list[str] = []
    spec = registry.workload(RunRequest.workload)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"), guard():
        spec = controls.workload(link, registry)
        panels = panels_of(spec)
        choice, unreadable = own_data.readable(spec.id)
        request = controls.request(link, registry, spec, panels, choice)
    with problems:
        notice.problems([*link.problems(), *unreadable])
    if request is not None:
        st.html(_INTRO + strangers.note(request.stack, registry))
        with guard():
            shown(request, spec, panels, link, registry)
    notice.device(spec)


with guard():
    page()
