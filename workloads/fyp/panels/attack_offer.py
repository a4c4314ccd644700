"""The attack on a run, begun by a button and not before."""

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from ui import resources
from workloads.fyp.feed import FeedRun
from workloads.fyp.panels import attack
from workloads.fyp.world import World


def show(run: FeedRun, world: World, request: RunRequest, registry: Registry) -> None:
    """The verdict if there is one, progress if it is on the way, else the button."""
    jobs = resources.evaluations()
    now = jobs.snapshot(request, registry)
    if now.state == "done":
        attack.show(run, world, now)
    elif now.state in ("cancelled", "failed"):
        attack.stopped(now, request, registry, jobs)
    elif now.state == "running":
        attack.watch(request, registry, jobs)
    else:
        _offer(request, world, registry)


def _offer(request: RunRequest, world: World, registry: Registry) -> None:
    people = "simulated people" if world.simulated else "people"
    st.html(
        "<p class='vb'>An attacker who holds one server's view tries to infer an attribute and the favourite topic. It "
        f"is trained on up to {request.cohort} {people} under this backend and judged on as many others, beside its "
        "plain control.</p>"
    )
    attack.offer("Attack this run", request, registry)
