"""The attacks on one sum and on two, begun by a button: what each reads, and what stops it."""

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.results import Metric
from privacy.services.evaluations import Evaluation
from ui import resources
from ui.kit import format as f
from ui.kit import plot
from workloads.fyp.panels import attack
from workloads.fyp.verdict import FAILED_ATTACK

_ATTACKS = (
    (
        "attack_aggregator", "The aggregator's view",
        "Whoever computes the sum tells one device's answer from the wires that it received.",
        "masks, encryption, or noise that is added on the device",
    ),
    (
        "attack_differencing", "Two sums that differ by one",
        "The same cohort with and without one device: the difference is that device's answer. A hidden input does not "
        "help, as the sums are public.",
        "noise in the sum, accounted for each release",
    ),
    (
        "attack_cohort_of_one", "A cohort of one",
        "A sum that one device alone is in is that device's answer.",
        "a minimum cohort, kept by every party that could release the sum",
    ),
    (
        "attack_unanimous", "A unanimous cohort",
        "In a small cohort that agrees, the tally shows the answer of each, whoever they are. The figure is the "
        "share of small cohorts that it names rightly, less those that it names wrongly.",
        "noise in the sum, or larger cohorts",
    ),
)  # fmt: skip


def show(request: RunRequest, registry: Registry) -> None:
    """The verdicts if they are there, progress if they are on the way, else the button."""
    jobs = resources.evaluations()
    now = jobs.snapshot(request, registry)
    if now.result is not None:
        _verdicts(now.result)
    elif now.state in ("cancelled", "failed"):
        attack.stopped(now, request, registry, jobs)
    elif now.state == "running":
        attack.watch(request, registry, jobs)
    else:
        _offer(request, registry)


def _verdicts(result: Evaluation) -> None:
    body = ""
    for key, name, what, fix in _ATTACKS:
        metric = result.metric(key)
        if metric is not None:
            body += _view(metric, name, what, fix)
    st.html(
        f"<div class='vb vb-box'>{body}{plot.ends()}<p class='vb-call calm'>{FAILED_ATTACK}</p>"
        "<p class='vb-note'>Advantage over guessing the most common answer, with its 95% interval. ● above guessing, "
        f"■ not above it. Devices are simulated. Measured on {f.text(result.measured_at)}, kept on this device.</p>"
        "</div>"
    )


def _view(metric: Metric, name: str, what: str, fix: str) -> str:
    word, tone = _word(metric)
    label = "Share" if metric.unit.startswith("share") else "Advantage"
    return (
        f"<section class='vb-view'><div class='vb-head'><b>{name}</b><span class='vb-chip {tone}'>{word}</span>"
        f"<span class='vb-note'>n = {metric.n}</span></div>{plot.row(label, metric, None)}"
        f"<p>{what} <span class='vb-dim'>What stops it: {fix}.</span></p>"
        f"<p class='vb-note'>{f.text(metric.note)}.</p></section>"
    )


def _word(metric: Metric) -> tuple[str, str]:
    """What an interval admits to say, and its tone."""
    if metric.value is None or metric.low is None:
        return "no value", "dim"
    if metric.value == metric.low == metric.high == 0:
        return "nothing to read", "good"
    return ("reads it", "bad") if metric.low > 0 else ("at chance", "good")


def _offer(request: RunRequest, registry: Registry) -> None:
    st.html(
        "<p class='vb'>Attackers with the aggregator's view, with two sums that differ by one device, with a sum of "
        f"one, and with the tallies of small cohorts, under the settings of a survey of {request.options['devices']:,} "
        "simulated devices.</p>"
    )
    attack.offer("Attack this sum", request, registry)
