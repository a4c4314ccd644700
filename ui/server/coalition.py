"""The view of a coalition: the parties that put together what they saw, and what is guaranteed towards them."""

from collections.abc import Callable, Iterable

import streamlit as st

from ui.kit import format as f
from ui.server import table as wires_table
from ui.server.parts import Run
from workloads.wires import CoalitionView, Wire, coalition_view, parties

_MARKS = {"good": "✓", "bad": "✗", "dim": "–"}


def show(run: Run, *, first: str = "", brief: Callable[[Iterable[Wire]], None] = wires_table.brief) -> None:
    """Choose the parties, `first` to begin with, then show all that they hold together."""
    everyone = parties(run)
    usual = next((name for name in everyone if name != "client"), everyone[0])
    first = first if first in everyone else usual
    chosen = st.pills(
        "Parties that put together what they saw", everyone, selection_mode="multi", default=[first], key="who",
        bind="query-params",
    )  # fmt: skip
    view = coalition_view(run, chosen)
    if not view.members:
        st.html("<p class='vb vb-dim'>Choose at least one party.</p>")
        return
    _said(view)
    if view.wires:
        brief(view.wires)


def _said(view: CoalitionView) -> None:
    own = "; ".join(f"{f.text(name)}: {f.text(what)}" for name, what in view.own.items())
    lines = "".join(
        f"<p class='vb-call {'calm' if s.tone == 'good' else ''}'><b>{_MARKS[s.tone]} {f.text(s.about)}.</b> "
        f"{f.text(s.text)}</p>"
        for s in view.said
    )
    together = f"<b>{f.text(' + '.join(view.members))}</b>"
    amount = f"received or relayed {len(view.wires)} wires, {f.size(view.bytes)} in all (measured, n = 1 run)"
    note = ""
    if len(view.said) > 1:
        note = (
            "<p class='vb-note'>Each is declared towards one party and for one step; the coalition has all of the "
            "wires below.</p>"
        )
    st.html(
        f"<div class='vb'><p>{together} {amount if view.wires else 'received and relayed nothing'}.</p>"
        f"<p class='vb-note'>Own inputs, not printed here: {own}.</p>{lines}{note}</div>"
    )
