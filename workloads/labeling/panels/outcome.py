"""What came out of a counting: labels, labelers, the attacks on it, and the picture of who holds."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from privacy.plugin import Metric, RunRequest
from privacy.plugin.drawing import FAILED_ATTACK
from privacy.plugin.host import Evaluation
from privacy.plugin.running import Registry
from ui.kit import attack, figure, plot
from ui.kit.html import markup, render
from ui.kit.tiles import strip, tile
from ui.server.attacks import word_of
from workloads.labeling.crowds.plan import WORDS
from workloads.labeling.measure import LabelingRound
from workloads.labeling.panels import chart

_FEW = 12
_ATTACKS = (
    (
        "attack_vote", "The aggregator's view of one vote",
        "The attacker counts the votes and infers one labeler's vote from the wires that it received.",
        "shares, masks, encryption, or noise that the labeler's own device adds",
    ),
    (
        "attack_unanimous", "Unanimous items", "Where everybody agrees, the tally alone shows each vote.",
        "noise, or more voters",
    ),
    (
        "attack_decode", "Decoding a tally",
        "Weights are public. Where only one way of voting gives the tally, the tally shows each vote.",
        "few and whole weights, more voters, or noise",
    ),
    (
        "attack_pay", "Reading votes from pay",
        "Pay is one number for all votes of a labeler. The attack counts only what the tallies do not show already.",
        "coarse units over many items",
    ),
)  # fmt: skip


def show(run: LabelingRound, *, names: Mapping[str, str] | None = None) -> None:
    """The figures at a glance, then the labels by class, and the labelers, by `names` where they have one."""
    st.html(f"<div class='vb vb-box'>{strip(_tiles(run))}</div>")
    st.html(render("labeling/panels/labels", run=run, lines=_classes(run)))
    rows = [one | {"name": (names or {}).get(one["name"], one["name"])} for one in run.labelers[:_FEW]]
    st.html(render("labeling/panels/labelers", run=run, rows=rows, more=len(run.labelers) - _FEW))


def _tiles(run: LabelingRound) -> list[str]:
    note = "gold and audits left out" if run.counted else "no truth is known"
    return [
        tile("Labels right", _share(run.metric("label_accuracy")), f"{run.method}; {note}"),
        tile("Majority", _share(run.metric("majority_accuracy")), "of the same votes, as they were cast"),
        tile("Tally error", _number(run.metric("tally_error")), "votes, largest of any class"),
        tile("Audits", _number(run.metric("audits")), f"{_number(run.metric('votes'))} votes"),
    ]


def _classes(run: LabelingRound) -> list[dict[str, Any]]:
    """Each class with its labels, and how many of its true items have it."""
    rows = run.confusion or [[0] * len(run.classes)] * len(run.classes)
    return [
        {"name": name, "count": int(run.answer.get(name, 0)), "right": rows[i][i], "of": sum(rows[i])}
        for i, name in enumerate(run.classes)
    ]


def _share(metric: Metric | None) -> str:
    return "–" if metric is None or metric.value is None else f"{metric.value:.1%}"


def _number(metric: Metric | None) -> str:
    return "–" if metric is None or metric.value is None else f"{metric.value:,.0f}"


def attacks(request: RunRequest, registry: Registry) -> None:
    """The verdicts if they are there, progress if they are on the way, else the button."""
    attack.show(request, registry, verdicts=_verdicts, begin=lambda: _offer(request, registry))


def _offer(request: RunRequest, registry: Registry) -> None:
    st.html(
        "<p class='vb'>These attacks read votes from wires, tallies and pay. They also test whether a stuffed ballot "
        "is caught and which consensus withstands a dishonest crowd. Labelers are simulated.</p>"
    )
    attack.offer("Attack these votes", request, registry)


def _verdicts(result: Evaluation) -> None:
    views = [_view(result.metric(key), name, what, fix) for key, name, what, fix in _ATTACKS]
    stuffed = result.metric("stuffed_caught")
    st.html(
        render(
            "labeling/panels/attacks", views=[v for v in views if v], stuffed=_stuffed(stuffed), caveat=FAILED_ATTACK,
            ends=markup(plot.ends()), measured=result.measured_at,
        )
    )  # fmt: skip
    rows = result.extra.get("holding", [])
    if rows:
        kind = result.extra["kind"]
        figure.show(chart.holding(rows, kind=kind, words=WORDS[kind]))
        st.html(
            "<p class='vb vb-dim'>Unsolved: a ring that votes well and lies together on only a few items. No method "
            "here notices it. Choose the crowd <i>targeted</i> to measure its effect.</p>"
        )


def _stuffed(metric: Metric | None) -> str:
    """Say whether a ballot that is not a vote is caught."""
    if metric is None or metric.value is None:
        return f"Stuffed ballots: not tried. {metric.note if metric else ''}"
    if metric.value == 1:
        return f"Stuffed ballots are caught, and refused by name: {metric.note}."
    if metric.value == 0:
        return f"This stack cannot see a stuffed ballot: {metric.note}. The stuffer stays unknown."
    return f"Of stuffed ballots {metric.value:.0%} are caught: {metric.note}."


def _view(metric: Metric | None, name: str, what: str, fix: str) -> dict[str, Any] | None:
    """What the template says of one attack."""
    if metric is None:
        return None
    if metric.value is None:
        return {"metric": metric, "name": name, "what": what, "fix": fix, "word": "", "tone": "dim", "row": ""}
    share = metric.unit == "share"
    word, tone = (f"{metric.value:.0%} of items", "bad" if metric.value > 0 else "good") if share else word_of(metric)
    row = markup(plot.row("Share" if share else "Advantage", metric, None))
    return {"metric": metric, "name": name, "what": what, "fix": fix, "word": word, "tone": tone, "row": row}
