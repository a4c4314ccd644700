"""What came out of a sum: the answer as released, beside the exact one where that undoes nothing, and its cost."""

import streamlit as st

from ui.kit import format as f
from ui.kit.html import render
from ui.kit.tiles import strip, tile
from workloads.survey.round import SurveyRound

_MOST = 12


def show(run: SurveyRound, *, own: bool) -> None:
    """The figures at a glance, then the answer by label; `own` says that the data is a person's own."""
    beside = not (own and run.randomised)
    st.html(f"<div class='vb vb-box'>{strip(_tiles(run))}</div>")
    st.html(
        render(
            "survey/panels/answer", column=run.column, answer=list(run.answer.items())[:_MOST],
            what="mean" if run.question == "mean" else "share of the devices", exact=run.exact if beside else None,
            notes=[*_warned(run), *run.notes],
        )
    )  # fmt: skip


def _warned(run: SurveyRound) -> list[str]:
    """What must be known of a noised answer over so few."""
    if not run.randomised:
        return []
    return [
        f"The noise is made for hundreds of devices: over the {run.devices} drawn here the answer is not meaningful. "
        "Compare takes more of them."
    ]


def _tiles(run: SurveyRound) -> list[str]:
    return [
        tile("In the sum", f"{_of(run, 'included')} of {run.cohort}", f"minimum cohort {run.minimum}"),
        tile(
            "One contributor", _of(run, "contributor_seconds"), f"↑ {_of(run, 'bytes_up')} ↓ {_of(run, 'bytes_down')}"
        ),
        tile("Aggregators", _of(run, "aggregator_seconds"), f"collector {_of(run, 'collector_seconds')}"),
        tile("Largest error", _of(run, "sum_error"), "against the exact sum of those included"),
    ]


def _of(run: SurveyRound, key: str) -> str:
    metric = run.metric(key)
    if metric is None or metric.value is None:
        return "–"
    return f.figure(metric) if metric.unit in ("s", "B") else f"{metric.value:g}"
