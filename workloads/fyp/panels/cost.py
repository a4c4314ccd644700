"""The cost panel: time and bytes of this feed, accuracy over simulated people, each with its source."""

import streamlit as st

from privacy.results import Metric
from privacy.services.evaluations import Evaluation
from ui.kit import format as f
from workloads.fyp.feed import FeedRun
from workloads.fyp.world import World

_THIS = {
    "setup_seconds": "Set-up, once",
    "client_seconds": "On the device",
    "server_seconds": "On the servers",
    "bytes_setup": "Downloaded at set-up, once",
    "bytes_up": "Sent by the device",
    "bytes_down": "Received by the device",
}
_MANY = {
    "client_seconds": "On the device, median",
    "server_seconds": "On the servers, median",
    "top10_overlap": "Top 10 shared with exact scoring",
    "ndcg_at_10": "nDCG at 10",
    "recall_at_10": "Recall at 10",
    "score_error": "Largest score error",
}


def show(run: FeedRun, evaluation: Evaluation | None, world: World) -> None:
    """Tabulate the figures of one feed, and of its evaluation where there is one."""
    many = "simulated people" if world.simulated else "people"
    rows = _rows([(label, run.metric(key)) for key, label in _THIS.items()])
    if evaluation:
        rows += f"<tr><th colspan='4' class='vb-eyebrow'>Over many {many}</th></tr>"
        rows += _rows([(label, evaluation.metric(key)) for key, label in _MANY.items()])
    st.html(
        "<div class='vb vb-scroll'><table class='vb-table' aria-label='Cost'><thead><tr><th>This feed</th>"
        "<th class='r'>Figure</th><th class='r'>n</th><th>Source</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div><p class='vb vb-note'>{f.text(world.people_note)}</p>"
    )


def _rows(found: list[tuple[str, Metric | None]]) -> str:
    return "".join(_row(label, metric) for label, metric in found if metric is not None)


def _row(label: str, metric: Metric) -> str:
    interval = "" if metric.unit in ("s", "B") else f.interval(metric)
    spread = f" <span class='vb-dim'>{interval}</span>" if interval else ""
    source = metric.source + (", simulated" if metric.simulated else "")
    note = f" title='{f.text(metric.note)}'" if metric.note else ""
    return (
        f"<tr{note}><th scope='row'>{f.text(label)}</th><td class='r'>{f.figure(metric)}{spread}</td>"
        f"<td class='r'>{metric.n if metric.n is not None else '–'}</td><td class='vb-dim'>{f.text(source)}</td></tr>"
    )
