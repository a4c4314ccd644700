"""The cost panel: time and bytes of this feed, accuracy over simulated people, each with its source."""

from typing import Any

import streamlit as st

from privacy.plugin import Metric
from privacy.plugin.host import Evaluation
from ui.kit import format as f
from ui.kit.html import render
from workloads.fyp.round import FeedRound
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


def show(run: FeedRound, evaluation: Evaluation | None, world: World) -> None:
    """Tabulate the figures of one feed, and of its evaluation where there is one."""
    st.html(
        render(
            "fyp/panels/cost", this=_rows([(label, run.metric(key)) for key, label in _THIS.items()]),
            many=_rows([(label, evaluation.metric(key)) for key, label in _MANY.items()]) if evaluation else [],
            people="simulated people" if world.simulated else "people", note=world.people_note,
            download=run.download,
        )
    )  # fmt: skip


def _rows(found: list[tuple[str, Metric | None]]) -> list[dict[str, Any]]:
    """The figures that there are; time and bytes without their interval."""
    return [
        {
            "label": label, "metric": metric, "figure": f.figure(metric),
            "interval": "" if metric.unit in ("s", "B") else f.interval(metric),
            "chance": "" if metric.chance is None else f.number(metric.chance),
        }
        for label, metric in found
        if metric is not None
    ]  # fmt: skip
