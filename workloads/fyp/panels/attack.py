"""The attack panel: a worker's progress while it runs, then the verdict on each view."""

from typing import Any

import streamlit as st

from privacy.plugin import Metric
from privacy.plugin.attacks import LinearReader
from privacy.plugin.drawing import FAILED_ATTACK
from privacy.plugin.host import Snapshot
from ui.kit import plot
from ui.kit.attack import stopped, watch
from ui.kit.html import markup, render
from workloads.fyp.round import FeedRound
from workloads.fyp.verdict import Verdict, outcome_of, sentence_of, verdicts
from workloads.fyp.world import World

VIEWS = {
    "scoring": "Scoring alone", "whole": "Whole view, with the fetch",
    "together": "If the servers of the scoring step colluded",
}  # fmt: skip


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
            "fyp/panels/attack", views=[_view(v, run, world) for v in found], ends=markup(plot.ends()),
            people="simulated people" if world.simulated else "people",
            caveat="" if all(v.succeeds for v in found if v.view != "together") else FAILED_ATTACK, world=world,
            measured=snapshot.result.measured_at if snapshot.result else "",
        )
    )  # fmt: skip


def _view(verdict: Verdict, run: FeedRound, world: World) -> dict[str, Any]:
    """What the template says of one view: for each thing that is guessed, the person shown first, then the others."""
    both = [_topic(verdict, world), _attribute(verdict)]
    things = [one for one in both if one["metric"] is not None]
    return {
        "name": VIEWS[verdict.view], "things": things, "blind": not _sent(run, verdict.view),
        "n": things[0]["metric"].n if things else None,
    }  # fmt: skip


def _sent(run: FeedRound, view: str) -> bool:
    """Whether anything that depends on the taste reached a server in a view."""
    steps = ("scoring", "lookup") if view == "whole" else ("scoring",)
    return any(m["step"] in steps and m["receiver"] != "client" for m in run.messages)


def _topic(verdict: Verdict, world: World) -> dict[str, Any]:
    labels = world.features.topic_labels
    said = None if verdict.guessed_topic is None else labels[verdict.guessed_topic]
    return _thing(
        "Favourite topic", said, _right(verdict.guessed_topic, verdict.true_topic), verdict.taste,
        verdict.taste_control, verdict.topic_named,
    )  # fmt: skip


def _attribute(verdict: Verdict) -> dict[str, Any]:
    # The attribute of the person at the screen is not known, so it is not guessed either.
    guess = None if verdict.true_attribute is None else verdict.guessed_attribute
    return _thing(
        "Attribute", None if guess is None else str(guess), _right(guess, verdict.true_attribute), verdict.attribute,
        verdict.control, verdict.attribute_named,
    )  # fmt: skip


def _thing(
    label: str, said: str | None, right: bool | None, metric: Metric | None, control: Metric | None,
    named: Metric | None,
) -> dict[str, Any]:  # fmt: skip
    """One thing that is guessed: of the person shown, and of many others by the same attacker."""
    outcome = outcome_of(metric)
    return {
        "label": label, "said": said, "right": right, "metric": metric, "named": named, "outcome": outcome,
        "tone": {"reads it": "bad", "at chance": "good"}.get(outcome, "dim"), "sentence": sentence_of(outcome),
        "row": "" if metric is None else markup(plot.row("Advantage", metric, control)),
    }  # fmt: skip


def _right(guess: int | None, truth: int | None) -> bool | None:
    return None if guess is None or truth is None else guess == truth


__all__ = ["judged", "show", "stopped", "watch"]
