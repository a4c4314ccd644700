"""Server view: every wire of one run, what any coalition of parties sees of it, and the attack on it on demand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from privacy.registry import Registry
from privacy.services import datasets, tastes
from privacy.workloads import fyp
from privacy.workloads.feed import FeedRun
from privacy.workloads.request import OWN, RunRequest
from privacy.workloads.world import World
from ui import resources
from ui.errors import guard
from ui.panels import controls, notice, wires_attack, wires_coalition, wires_controls, wires_table

_FYP = Path(__file__).resolve().parent / "fyp.py"
_AGREED = "server/agreed"


def panel(heading: str, draw: Callable[[], None]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()


def admitted(request: RunRequest, registry: Registry, world: World) -> bool:
    """Whether the run may begin by itself: it needs a taste, and a person's own budget is spent by a click alone."""
    if request.user != OWN:
        return True
    liked = tastes.liked(world)
    if not liked:
        st.html("<p class='vb'>You have liked nothing yet. Choose a few cards first; they stay on this device.</p>")
        st.page_link(str(_FYP), label="Choose what I like", query_params={"user": OWN})
        return False
    agreed = (request.stack, tuple(liked))
    if fyp.resolve(request, registry).randomiser is None or st.session_state.get(_AGREED) == agreed:
        return True
    st.html(
        "<p class='vb'>This backend sends a randomised value of your taste. The first one in a period is charged to "
        "your own budget; the same value is sent again after that.</p>"
    )
    if st.button("Run it with my own taste"):
        st.session_state[_AGREED] = agreed
        st.rerun()
    return False


def load(request: RunRequest, registry: Registry) -> FeedRun | None:
    """Run or fetch the feed; None after saying why there is none."""
    with guard(), st.spinner(f"Running {controls.title(registry, request.stack)} …"):
        return resources.feed_book().get(request, registry)
    return None


def page() -> None:
    """Draw the page from the link's settings."""
    registry = resources.registry()
    plain = datasets.chosen().on(RunRequest(cohort=resources.cohort()))
    world = fyp.world_of(plain)
    notice.problems(wires_controls.problems(registry, world))
    user, stack = wires_controls.show(plain, registry, world)
    request = replace(plain, user=user, stack=stack)
    st.html(
        "<p class='vb'>One run, wire by wire: what each party received, what its sender declares of it, and what was "
        "found in the bytes. Nothing here is a guarantee; what is declared stands beside what was measured.</p>"
    )
    run = load(request, registry) if admitted(request, registry, world) else None
    if run is not None:
        panel("Every wire, in order", lambda: wires_table.show(run))
        panel("The view of a coalition", lambda: wires_coalition.show(run))
        panel("Attack", lambda: wires_attack.show(run, world, request, registry))
    notice.device()


with guard():
    page()
