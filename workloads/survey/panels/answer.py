"""What came out of a sum: the answer as released, beside the exact one where that undoes nothing, and its cost."""

import streamlit as st

from ui.kit import format as f
from ui.kit.tiles import strip, tile
from workloads.survey.view import TallyRun

_MOST = 12


def show(run: TallyRun, *, own: bool) -> None:
    """The figures at a glance, then the answer by label; `own` says that the data is a person's own."""
    told = not (own and run.randomised)
    st.html(f"<div class='vb vb-box'>{strip(_tiles(run))}</div>")
    st.html(
        f"<div class='vb vb-scroll vb-narrow'>{_answer(run, exact=told)}</div>"
        + "".join(f"<p class='vb vb-note'>{f.text(note)}</p>" for note in [*_warned(run), *run.notes])
    )


def _warned(run: TallyRun) -> list[str]:
    """What must be known of a noised answer over so few."""
    if not run.randomised:
        return []
    return [
        f"The noise is made for hundreds of devices: over the {run.devices} drawn here the answer is not meaningful. "
        "Compare asks more of them."
    ]


def _tiles(run: TallyRun) -> list[str]:
    return [
        tile("In the sum", f"{_of(run, 'included')} of {run.asked}", f"minimum cohort {run.minimum}"),
        tile(
            "One contributor", _of(run, "contributor_seconds"), f"↑ {_of(run, 'bytes_up')} ↓ {_of(run, 'bytes_down')}"
        ),
        tile("Aggregators", _of(run, "aggregator_seconds"), f"collector {_of(run, 'collector_seconds')}"),
        tile("Largest error", _of(run, "sum_error"), "against the exact sum of those included"),
    ]


def _of(run: TallyRun, key: str) -> str:
    metric = run.metric(key)
    if metric is None or metric.value is None:
        return "–"
    return f.figure(metric) if metric.unit in ("s", "B") else f"{metric.value:g}"


def _answer(run: TallyRun, *, exact: bool) -> str:
    rows = "".join(
        f"<tr><th scope='row'>{f.text(label)}</th><td class='r'>{f.number(value)}</td>"
        + (f"<td class='r'>{_exact(run, label)}</td>" if exact else "")
        + "</tr>"
        for label, value in list(run.answer.items())[:_MOST]
    )
    what = "mean" if run.question == "mean" else "share of the devices"
    beside = "<th scope='col' class='r'>Exact, over all devices</th>" if exact else ""
    return (
        f"<table class='vb-table' aria-label='Answer'><thead><tr><th scope='col'>{f.text(run.column)}</th>"
        f"<th scope='col' class='r'>Released: {what}</th>{beside}</tr></thead><tbody>{rows}</tbody></table>"
    )


def _exact(run: TallyRun, label: str) -> str:
    return f.number(run.exact[label]) if label in run.exact else "–"
