"""The attack panel: a worker's progress while it runs, then the verdict on each view."""

from typing import Any

import streamlit as st

from privacy.plugin.attacks import LinearReader
from privacy.plugin.drawing import FAILED_ATTACK
from privacy.plugin.host import Snapshot
from ui.kit import plot
from ui.kit.attack import stopped, watch
from ui.kit.html import markup, render
from workloads.fyp.round import FeedRound
from workloads.fyp.verdict import Verdict, verdicts
from workloads.fyp.world import World

VIEWS = {"scoring": "Scoring alone", "whole": "Whole view, with the fetch"}


def judged(run: FeedRound, snapshot: Snapshot) -> list[Verdict]:
    """The verdicts on `run`, none before the evaluation is done."""
    if snapshot.result is None:
        return []
    readers = {name: LinearReader(**values) for name, values in snapshot.result.extra["readers"].items()}
    return verdicts(run.features, run.truth, snapshot.result.metrics, readers)


def show(run: FeedRound, world: World, snapshot: Snapshot) -> None:
    """The verdict on both views of `run`; `snapshot` is that of a finished evaluation."""
    found = judged(run, snapshot)
    st.html(
        render(
            "fyp/panels/attack", views=[_view(v, world) for v in found], ends=markup(plot.ends()),
            people="simulated people" if world.simulated else "people",
            caveat="" if all(v.succeeds for v in found) else FAILED_ATTACK, world=world,
            measured=snapshot.result.measured_at if snapshot.result else "",
        )
    )  # fmt: skip


def _view(verdict: Verdict, world: World) -> dict[str, Any]:
    """What the template says of one view: its rows, and the attacker's guess on the very person shown."""
    pairs = (
        ("Attribute", verdict.attribute, verdict.control),
        ("Favourite topic", verdict.taste, verdict.taste_control),
    )
    there = [(label, metric, control) for label, metric, control in pairs if metric is not None]
    topic = verdict.guessed_topic
    return {
        "verdict": verdict, "name": VIEWS[verdict.view],
        "tone": {"reads it": "bad", "at chance": "good"}.get(verdict.outcome, "dim"),
        "n": there[-1][1].n if there else None,
        "rows": [markup(plot.row(label, metric, control)) for label, metric, control in there],
        "notes": [(label, metric.note) for label, metric, _ in there if metric.value is None],
        "topic": None if topic is None else world.features.topic_labels[topic],
        "attribute": verdict.guessed_attribute is not None and verdict.true_attribute is not None,
    }  # fmt: skip


__all__ = ["judged", "show", "stopped", "watch"]
