"""The attack panel: a worker's progress while it runs, then the verdict on each view."""

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.evaluations import Evaluations, Snapshot
from ui import resources
from ui.kit import format as f
from ui.kit import plot
from workloads.fyp.feed import FeedRun
from workloads.fyp.verdict import FAILED_ATTACK, Verdict, verdicts
from workloads.fyp.world import World

VIEWS = {"scoring": "Scoring alone", "whole": "Whole view, with the fetch"}
_POLL = "700ms"


def judged(run: FeedRun, snapshot: Snapshot) -> list[Verdict]:
    """The verdicts on `run`, none before the evaluation is done."""
    if snapshot.result is None:
        return []
    return verdicts(run.features, run.truth, snapshot.result.metrics, snapshot.result.readers)


def show(run: FeedRun, world: World, snapshot: Snapshot) -> None:
    """The verdict on both views of `run`; `snapshot` is that of a finished evaluation."""
    found = judged(run, snapshot)
    body = "".join(_view(v, world) for v in found)
    caveat = f"<p class='vb-call calm'>{FAILED_ATTACK}</p>" if not all(v.succeeds for v in found) else ""
    legend = (
        "<p class='vb-note'>Advantage = 2 AUC − 1 on held-out people, with its 95% interval. "
        "◇ the same attacker on the plain control of the same run. ● above guessing, ■ not above it.</p>"
    )
    measured = snapshot.result.measured_at if snapshot.result else ""
    st.html(
        f"<div class='vb vb-box'>{body}{caveat}{legend}<p class='vb-note'>{f.text(world.people_note)} Attribute 1: "
        f"{f.text(world.attribute)}.</p>"
        f"<p class='vb-note'>Measured on {f.text(measured)}, kept on this device.</p></div>"
    )


def _view(verdict: Verdict, world: World) -> str:
    rows, notes, n = "", "", None
    pairs = (
        ("Attribute", verdict.attribute, verdict.control),
        ("Favourite topic", verdict.taste, verdict.taste_control),
    )
    for label, metric, control in pairs:
        if metric is None:
            continue
        rows, n = rows + plot.row(label, metric, control), metric.n
        if metric.value is None:
            notes += f"<p class='vb-note'>{f.text(label)}: no value, as {f.text(metric.note)}.</p>"
    people = "simulated people" if world.simulated else "people"
    word = verdict.outcome
    tone = {"reads it": "bad", "at chance": "good"}.get(word, "dim")
    return (
        f"<section class='vb-view'><div class='vb-head'><b>{VIEWS[verdict.view]}</b>"
        f"<span class='vb-chip {tone}'>{word}</span><span class='vb-note'>n = {n} {people}</span></div>"
        f"{rows}{plot.ends()}{notes}<p>{f.text(verdict.sentence)} {_guesses(verdict, world)}</p></section>"
    )


def _guesses(verdict: Verdict, world: World) -> str:
    """The attacker's guess on the very person shown."""
    said = []
    if verdict.guessed_topic is not None:
        name = f.text(world.features.topic_labels[verdict.guessed_topic])
        right = _right(verdict.guessed_topic, verdict.true_topic)
        said.append(f"From this feed's bytes it names <b>{name}</b> as the favourite topic{right}.")
    if verdict.guessed_attribute is not None and verdict.true_attribute is not None:
        right = _right(verdict.guessed_attribute, verdict.true_attribute)
        said.append(f"It says the attribute is <b>{verdict.guessed_attribute}</b>{right}.")
    if said and verdict.outcome == "at chance":
        said.append("An attacker at chance is right by luck.")
    return " ".join(said)


def _right(guess: int, truth: int | None) -> str:
    return "" if truth is None else ": <b>right</b> ✓" if guess == truth else ": <b>wrong</b> ✗"


def watch(request: RunRequest, registry: Registry, jobs: Evaluations) -> None:
    """Progress of an evaluation that is not done, polled; one rerun of the page when it ends."""

    @st.fragment(run_every=_POLL, key=f"watch {request.stack}")
    def poll() -> None:
        now = jobs.start(request, registry) if jobs.snapshot(request, registry).state == "absent" else None
        now = now or jobs.snapshot(request, registry)
        if now.state not in ("running", "absent"):
            st.rerun()
        _progress(now, request, registry, jobs)

    poll()


def _progress(now: Snapshot, request: RunRequest, registry: Registry, jobs: Evaluations) -> None:
    label = now.label or "starting the attacker"
    share = f", {now.done} of {now.total}" if now.total else ""
    st.progress(now.share, text=f.markdown_text(f"The attack runs beside the feed: {label}{share}"))
    if st.button("Cancel the attack", key=f"cancel {request.stack}"):
        jobs.cancel(request, registry)
        st.rerun()


def stopped(snapshot: Snapshot, request: RunRequest, registry: Registry, jobs: Evaluations) -> None:
    """An evaluation that was cancelled or failed, and the way to run it."""
    if snapshot.state == "failed":
        st.error(f.markdown_text(snapshot.error))
    else:
        st.html("<p class='vb vb-dim'>The attack was cancelled; what it had measured was dropped.</p>")
    if st.button("Run the attack", key=f"attack {request.stack}"):
        jobs.start(request, registry)
        st.rerun()


def offer(label: str, request: RunRequest, registry: Registry) -> None:
    """The button that begins an evaluation, or why it could not be begun now."""
    if st.button(label, key=f"offer {request.stack}", type="primary"):
        begun = resources.evaluations().start(request, registry)
        if begun.state == "absent":
            st.html(f"<p class='vb vb-dim'>Not begun: {f.text(begun.label)}. Try again when that is done.</p>")
        else:
            st.rerun()
