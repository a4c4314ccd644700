"""The view of a coalition: the parties that put together what they saw, and what is guaranteed towards them."""

import streamlit as st

from privacy.coalitions import coalition_view, parties
from privacy.errors import UnknownNameError
from privacy.primitives.aggregation import AGGREGATOR
from ui.kit import format as f
from ui.kit.html import render
from ui.kit.link import Link
from ui.server import table
from ui.server.view import View

_MARKS = {"good": "✓", "bad": "✗", "dim": "–"}


def show(view: View, link: Link) -> None:
    """Choose the parties, then show all that they hold together."""
    everyone = parties(view.round)
    first = next((n for n in (AGGREGATOR.name, *everyone) if n in everyone and n != "client"), everyone[0])

    def read(text: str) -> list[str]:
        names = [n for n in text.split(",") if n]
        for name in names:
            if name not in everyone:
                raise UnknownNameError("party", name[:40], everyone)
        return [n for n in everyone if n in names]

    chosen = st.pills(
        "Parties that share what they received", everyone, selection_mode="multi", **link.bind("who", [first], read)
    )
    found = coalition_view(view.round, view.spec, chosen)
    if not found.members:
        st.html("<p class='vb vb-dim'>Choose at least one party.</p>")
        return
    st.html(render("server/coalition", view=found, marks=_MARKS, size=f.size(found.bytes)))
    if found.wires:
        table.brief(found.wires, view.spec)
