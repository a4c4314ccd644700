"""The feed's part of the Server view: whose feed it is, the person's own among them, and the attack on it."""

from collections.abc import Mapping

import streamlit as st

from privacy.plugin import RunRequest, Workload
from privacy.plugin.host import Choice, Private, options_of
from privacy.plugin.running import Registry
from ui import resources
from ui.kit import attack as evaluation
from ui.kit import screens
from ui.server.view import Panel, Panels, View
from workloads.fyp import tastes
from workloads.fyp.options import OWN
from workloads.fyp.panels import attack, data, state
from workloads.fyp.panels.controls import OWN_TASTE
from workloads.fyp.workload import world_of
from workloads.fyp.world import World


class FypPanels(Panels):
    """The persona, or the person at the screen, whose taste comes from this device."""

    def choices(self, request: RunRequest, workload: Workload, registry: Registry) -> Mapping[str, Mapping[str, str]]:
        _world(request, registry)
        found = super().choices(request, workload, registry)
        return {**found, "user": {**found["user"], OWN: OWN_TASTE}}

    def private(self, request: RunRequest, registry: Registry) -> Private | None:
        return state.private(str(request.options["user"]), _world(request, registry))

    def admitted(self, request: RunRequest, registry: Registry) -> bool:
        """A person's own taste must be there."""
        if request.options["user"] != OWN:
            return True
        liked = tastes.liked(_world(request, registry))
        if not liked:
            st.html("<p class='vb'>You have liked nothing yet. Choose a few cards first.</p>")
            page = screens.page_of(registry.workload(request.workload))
            st.page_link(page, label="Choose what I like", query_params={"user": OWN})
            return False
        return True

    def before(self, view: View) -> list[Panel]:
        return []

    def after(self, view: View) -> list[Panel]:
        return [("Attack", lambda: _attack(view))]


def _world(request: RunRequest, registry: Registry) -> World:
    data.check_mapped(
        Choice(request.data, request.mapping),
        then="say on For you what the columns mean, or go back to the shipped data",
    )
    return world_of(request, options_of(request, registry))


def _attack(view: View) -> None:
    """The verdict if there is one, progress if it is on the way, else the button."""
    jobs, world = resources.evaluations(), _world(view.request, view.registry)
    now = jobs.snapshot(view.request, view.registry)
    if now.state == "done":
        attack.show(view.round, world, now)
    elif now.state in ("cancelled", "failed"):
        evaluation.stopped(now, view.request, view.registry, jobs)
    elif now.state == "running":
        evaluation.watch(view.request, view.registry, jobs)
    else:
        people = "simulated people" if world.simulated else "people"
        st.html(
            "<p class='vb'>An attacker with one server's view tries to infer an attribute and the favourite topic. "
            f"It trains on up to {view.request.options['cohort']} {people} under this backend and is tested on as "
            "many others, beside its plain control.</p>"
        )
        evaluation.offer("Attack this run", view.request, view.registry)
