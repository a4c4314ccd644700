"""The wires of one sum: what each party sent and received, and every wire, those that are alike told once."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from privacy.plots.groups import Group, PartyTotal, grouped, totals
from ui.kit import format as f
from ui.server import table as wires_table
from workloads.survey.view import TallyRun
from workloads.wires import looked_for


def show(run: TallyRun) -> None:
    """List what each party sent and received, then the wires in order."""
    _scrolling(_parties(totals(run.messages)), "What each party sent and received")
    body = "".join(
        wires_table.row(g.first, alike=_alike(g)) + wires_table.detail(g.first, run) for g in grouped(run.messages)
    )
    _scrolling(wires_table.table(body, "Wires"), "Every wire")
    st.html(
        "<p class='vb vb-note'>Measured, n = 1 run. Wires between the same parties, of one kind and round, are told "
        "once: the bytes are those of the first. Entropy in bits a byte, of 8, over the part that is kept. "
        f"{f.text(looked_for(run))}</p>"
    )


def brief(wires: Iterable[Mapping[str, Any]]) -> None:
    """The same rows for some of the wires, without their bytes."""
    body = "".join(wires_table.row(g.first, alike=_alike(g)) for g in grouped(wires))
    _scrolling(wires_table.table(body, "Wires of the coalition"), "Wires of the coalition")


def _scrolling(inner: str, label: str) -> None:
    st.html(f"<div class='vb vb-scroll' tabindex='0' role='region' aria-label='{label}'>{inner}</div>")


def _alike(group: Group) -> str:
    """How many more are alike, of whom, and how large they are together; empty for a wire that stands alone."""
    if group.count == 1:
        return ""
    sizes = " to ".join(dict.fromkeys((f.size(group.least), f.size(group.most))))
    who = f", {f.text(group.ends)}" if group.ends else ""
    return f"and {group.count - 1:,} more alike{who}: {sizes} each, {f.size(group.bytes)} in all"


def _parties(rows: Iterable[PartyTotal]) -> str:
    body = "".join(
        f"<tr><th scope='row'>{f.text(row.name)}{_others(row)}</th><td class='r'>{row.sent:,}</td>"
        f"<td class='r'>{f.size(row.sent_bytes)}</td><td class='r'>{row.received:,}</td>"
        f"<td class='r'>{f.size(row.received_bytes)}</td></tr>"
        for row in rows
    )
    heads = "".join(
        f"<th scope='col'{' class=r' if i else ''}>{head}</th>"
        for i, head in enumerate(("Party", "Wires sent", "Bytes sent", "Wires received", "Bytes received"))
    )
    return f"<table class='vb-table' aria-label='Parties'><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"


def _others(row: PartyTotal) -> str:
    return f" <span class='vb-dim'>and {row.others:,} more alike</span>" if row.others else ""
