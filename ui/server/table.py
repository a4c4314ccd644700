"""The tables of wires: what each party sent and received, and every wire, those that are alike once."""

from collections.abc import Iterable

import streamlit as st

from privacy.plots.groups import totals
from privacy.spec import WorkloadSpec
from ui.kit.html import render
from ui.server import parts
from ui.server.view import View

_MOST_PARTIES = 3


def show(view: View) -> None:
    """List what each of many parties sent and received, then the wires in order, each with its bytes to unfold."""
    messages = view.round.messages
    if len({m["sender"] for m in messages} | {m["receiver"] for m in messages}) > _MOST_PARTIES:
        st.html(render("server/parties", parties=list(totals(messages))))
    rows = parts.with_bytes(parts.rows_of(messages, view.spec), view.workload, view.round)
    st.html(render("server/wires", rows=rows, label="Every wire", whole=True, reads=view.spec.reads))


def brief(wires: Iterable[parts.Wire], spec: WorkloadSpec) -> None:
    """The same rows for some of the wires, without their bytes."""
    rows = parts.rows_of(wires, spec)
    st.html(render("server/wires", rows=rows, label="Wires of the coalition", whole=False, reads=""))
