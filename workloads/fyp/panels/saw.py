"""What the server saw: every wire to a computing party, its bytes beside what the device holds."""

import streamlit as st

from privacy.plugin import WorkloadSpec
from ui.kit import format as f
from ui.kit.html import render
from ui.server import parts
from workloads.fyp.round import FeedRound
from workloads.fyp.workload import FypWorkload

_ROWS, _MOST = 12, 60


def show(run: FeedRound, spec: WorkloadSpec, *, items: int) -> None:
    """List the wires of `run` that reached anyone but the device; the catalogue has so many `items`."""
    wires = [m for m in run.messages if m["receiver"] != "client" or m["via"]]
    held = FypWorkload().held(run)
    rows = [
        {
            "wire": m, "step": parts.step_of(m, spec) or "Other", "tone": parts.tone(m), "size": f.size(m["bytes"]),
            "seen": held.reading(m), "dump": parts.dump(m, rows=_ROWS, width=8),
            "own": f.numbers(run.vector if m["step"] == "scoring" else run.shown, most=_MOST),
        }
        for m in wires
    ]  # fmt: skip
    st.html(render("fyp/panels/saw", rows=rows, run=run, items=items, sent=f.numbers(run.sent, most=_MOST)))
