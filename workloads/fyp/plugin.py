"""Registers `fyp`."""

from privacy.plugin import WorkloadSpec, hookimpl
from workloads.fyp.figures import FIGURES
from workloads.fyp.options import FypOptions


@hookimpl
def register_workloads() -> list[WorkloadSpec]:
    return [
        WorkloadSpec(
            id="fyp",
            title="For you",
            icon="✨",
            summary=(
                "Ranks a feed of ten profiles by what a person likes. Switch the backend to see how the feed "
                "changes, what it costs, what the server saw, and what an attacker infers."
            ),
            primitives=("scoring", "lookup"),
            workload="workloads.fyp.workload:FypWorkload",
            options=FypOptions,
            figures=FIGURES,
            stacks=("plain", "local", "he"),
            steps={"scoring": "Scoring", "lookup": "Fetch"},
            page="pages.fyp:page",
            pages={"In this tab": "workloads.fyp.panels.tab:page"},
            panels="workloads.fyp.panels.server:FypPanels",
            bench="workloads.fyp.bench:FypBench",
            selected="workloads.fyp.receipts.claims:selected",
            routes="workloads.fyp.rest:router",
            people="people",
            holds={
                "client": "the taste, its keys and its randomness, and the items shown",
                "server": "the catalogue, which is public",
            },
            sees="This process is the device: it sees the taste. Privacy here is towards the servers.",
            reads=(
                "Every wire is searched for three things: the taste, the value released from it, and the places of "
                "the items shown. The search misses what follows from them, such as scores or records, and anything "
                "hidden in the bytes."
            ),
            measured=(
                "Accuracy and attack, over simulated people. Attack is the advantage over guessing a sensitive "
                "attribute: 0 is guessing, 1 is certainty."
            ),
            spent="Cost of one request (median), and of the set-up before the first request.",
            spread="bars are 95% intervals of medians over many requests",
            kept=True,
            bare=("user", "items", "dims", "cohort"),
            rank=10,
        )
    ]
