"""The attacks on one sum and on two, begun by a button: what each reads, and what stops it."""

from typing import Any

import streamlit as st

from privacy.plugin import Metric, RunRequest
from privacy.plugin.drawing import FAILED_ATTACK
from privacy.plugin.host import Evaluation
from privacy.plugin.running import Registry
from ui.kit import attack, plot
from ui.kit.html import markup, render
from ui.server.attacks import word_of

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
        "In a small cohort that agrees, the count shows the answer of each, whoever they are. The figure is the "
        "share of small cohorts that it names rightly, less those that it names wrongly.",
        "noise in the sum, or larger cohorts",
    ),
)  # fmt: skip


def show(request: RunRequest, registry: Registry) -> None:
    """The verdicts if they are there, progress if they are on the way, else the button."""
    attack.show(request, registry, verdicts=_verdicts, begin=lambda: _offer(request, registry))


def _verdicts(result: Evaluation) -> None:
    found = [(result.metric(key), name, what, fix) for key, name, what, fix in _ATTACKS]
    views = [_view(metric, name, what, fix) for metric, name, what, fix in found if metric is not None]
    st.html(
        render(
            "survey/panels/attacks", views=views, ends=markup(plot.ends()), caveat=FAILED_ATTACK,
            measured=result.measured_at,
        )
    )  # fmt: skip


def _view(metric: Metric, name: str, what: str, fix: str) -> dict[str, Any]:
    """What the template says of one attack."""
    word, tone = word_of(metric)
    label = "Share" if metric.unit.startswith("share") else "Advantage"
    row = markup(plot.row(label, metric, None))
    return {"metric": metric, "name": name, "what": what, "fix": fix, "word": word, "tone": tone, "row": row}


def _offer(request: RunRequest, registry: Registry) -> None:
    st.html(
        "<p class='vb'>Attackers with the aggregator's view, with two sums that differ by one device, with a sum of "
        "one, and with the counts of small cohorts, under this survey's settings, on "
        "simulated devices.</p>"
    )
    attack.offer("Attack this sum", request, registry)
