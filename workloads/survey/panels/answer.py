"""What came out of a sum: the answer as bars with their intervals, the truth beside it, its errors, and its cost."""

from typing import Any

import streamlit as st

from privacy.plugin.drawing import answers, bar, lines_of, written
from ui.kit import figure
from ui.kit import format as f
from ui.kit.html import render
from ui.kit.tiles import strip, tile
from workloads.survey.round import SurveyRound

_STEPS = {"sampling": "Sampling", "clipping": "Clipping", "binning": "Binning", "noise": "Noise"}
_FEW = 100


def show(run: SurveyRound) -> None:
    """The figures at a glance, then the answer by label, and what it is off by."""
    st.html(f"<div class='vb vb-box'>{strip(_tiles(run))}</div>")
    picture(run)
    details(run)


def picture(run: SurveyRound) -> None:
    """The bars; an answer that is not a number stands in the table alone."""
    caption = "The bar is the answer, the thin line its 95% interval, and the red line the truth of the whole file."
    for chart in answers([(run.column, _settings(run))], caption=caption):
        figure.show(chart)


def details(run: SurveyRound) -> None:
    """The answer in figures, the error of each step, and what must be known of it."""
    lines = [
        {
            "label": one.label,
            "value": written(one.value, digits=5),
            "bar": bar(one, digits=5),
            "truth": written(one.truth, digits=5),
        }
        for one in lines_of(_settings(run))
    ]
    st.html(
        render(
            "survey/panels/answer", column=run.column, lines=lines, errors=_errors(run), bar_note=run.bar_note,
            unit="In the column's unit" if run.question == "mean" else "Share", notes=[*_warned(run), *run.notes],
        )
    )  # fmt: skip


def _settings(run: SurveyRound) -> dict[str, Any]:
    return {"answer": run.answer, "truth": run.exact, "interval": run.bars}


def _errors(run: SurveyRound) -> list[dict[str, str]]:
    found = [(name, run.metric(f"error_{key}")) for key, name in _STEPS.items()]
    return [
        {"name": name, "value": written(metric.value, digits=3), "note": metric.note}
        for name, metric in found
        if metric is not None
    ]


def _warned(run: SurveyRound) -> list[str]:
    """What must be known of a noised answer over so few."""
    if not run.randomised or run.devices >= _FEW:
        return []
    return [f"The noise suits hundreds of devices: with {run.devices} of them the answer means little."]


def _tiles(run: SurveyRound) -> list[str]:
    return [
        tile("In the sum", f"{_of(run, 'included')} of {run.cohort:,}", f"minimum cohort {run.minimum}"),
        tile("Accuracy", _of(run, "answer_accuracy"), "against the whole file"),
        tile(
            "One contributor", _of(run, "contributor_seconds"), f"↑ {_of(run, 'bytes_up')} ↓ {_of(run, 'bytes_down')}"
        ),
        tile("Aggregators", _of(run, "aggregator_seconds"), f"collector {_of(run, 'collector_seconds')}"),
    ]


def _of(run: SurveyRound, key: str) -> str:
    metric = run.metric(key)
    if metric is None or metric.value is None:
        return "–"
    if metric.unit in ("s", "B"):
        return f.figure(metric)
    return f"{metric.value:,.0f}" if key == "included" else f"{metric.value:.3g}"
