"""Server view: every wire of one run, what any coalition of parties sees of it, and the attack on it on demand."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import streamlit as st

from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services import datasets
from ui import resources
from ui.kit import notice, servers_place
from ui.kit.errors import guard
from ui.plugins import said as plugins_said
from ui.server import coalition as wires_coalition
from ui.server import controls as wires_controls
from ui.server import table as wires_table
from workloads.fyp import tastes
from workloads.fyp import workload as fyp
from workloads.fyp.feed import FeedRun
from workloads.fyp.panels import attack_offer as wires_attack
from workloads.fyp.panels import controls, waiting
from workloads.fyp.world import World
from workloads.survey.panels import answer as sums_answer
from workloads.survey.panels import attacks as sums_attacks
from workloads.survey.panels import book as surveys
from workloads.survey.panels import rounds as sums_rounds
from workloads.survey.panels import wires as sums_wires

_FYP = Path(__file__).resolve().parent / "fyp.py"
_AGREED = "server/agreed"
_INTRO = (
    "<p class='vb'>One run, wire by wire: what each party received, what its sender declares of it, and what was "
    "found in the bytes. Nothing here is a guarantee; what is declared stands beside what was measured.</p>"
)


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
    with guard():
        return waiting.feed(request, registry)
    return None


def feed_view(plain: RunRequest, registry: Registry, world: World, user: str, stack: str) -> None:
    """One feed of the For-You-Page, wire by wire."""
    request = replace(plain, user=user, stack=stack)
    run = load(request, registry) if admitted(request, registry, world) else None
    if run is not None:
        panel("Every wire, in order", lambda: wires_table.show(run))
        panel("The view of a coalition", lambda: wires_coalition.show(run))
        panel("Attack", lambda: wires_attack.show(run, world, request, registry))


def survey_view(plain: RunRequest, registry: Registry, question: str, column: str, stack: str) -> None:
    """One sum of a survey, wire by wire, and the attacks on it."""
    request = surveys.asked(plain, question, column, stack)
    with st.spinner(f"Running {controls.title(registry, stack)} …"):
        run = resources.survey_book().get(surveys.small(request), registry)
    panel("What came out", lambda: sums_answer.show(run, own=plain.data is not None))
    panel("Every wire, by party", lambda: sums_wires.show(run))
    panel("The view of a coalition", lambda: wires_coalition.show(run, first="aggregator", brief=sums_wires.brief))
    panel("Many rounds: disaggregation", lambda: sums_rounds.show(request, registry))
    panel("Attacks on one sum and on two", lambda: sums_attacks.show(request, registry))


def page() -> None:
    """Draw the page from the link's settings."""
    registry, workload = resources.registry(), wires_controls.asked_workload()
    plain = datasets.chosen().on(RunRequest(cohort=resources.cohort()))
    world = fyp.world_of(plain) if not workload.named else None
    boxes = wires_controls.boxes(plain, registry, world)
    notice.problems(wires_controls.problems(boxes, registry))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        wires_controls.workload()
        chosen = wires_controls.show(boxes)
        servers_place.popover()
    st.html(_INTRO + plugins_said.note(chosen[-1], registry))
    with guard():
        if world is None:
            survey_view(plain, registry, *chosen)
        else:
            feed_view(plain, registry, world, *chosen)
    notice.device(survey=workload.named)


with guard():
    page()
