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
        "The attacker computes the sum and infers one device's answer from the wires that it received.",
        "masks, encryption, or noise that is added on the device",
    ),
    (
        "attack_differencing", "Two sums that differ by one",
        "The attacker sees the same cohort with and without one device: the difference is that device's answer. "
        "Hiding the inputs does not help, as the sums are public.",
        "noise in the sum, accounted for each release",
    ),
    (
        "attack_cohort_of_one", "A cohort of one",
        "A sum over one device is that device's answer.",
        "a minimum cohort, enforced by every party that could release the sum",
    ),
    (
        "attack_unanimous", "A unanimous cohort",
        "If everyone in a small cohort gives the same answer, the count shows it. The figure is the share of small "
        "cohorts that the attacker names rightly, less those that it names wrongly.",
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
        "<p class='vb'>Four attacks, on simulated devices under this survey's settings: from the aggregator's view, "
        "from two sums that differ by one device, from a sum of one, and from the counts of small cohorts.</p>"
    )
    attack.offer("Attack this sum", request, registry)
