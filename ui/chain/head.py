"""The chain at a glance: its name and id, its newest block, the base fee, and our contracts on it."""

import streamlit as st

from privacy.chains.watching import View
from ui.chain import words
from ui.kit.html import markup, render
from ui.kit.tiles import strip, tile

_NO_CONTRACT = (
    "None of our contracts is on this chain yet: each is created when it is first used. Create a room or log a list, "
    "on a page or by a program, and it appears here by itself."
)
_NO_BLOCK = "There is no block but the first: the first transaction makes the second. "
_NO_EVENT = "Our contracts have said nothing yet: create a room or log a list, and it appears here by itself."


def show(view: View, name: str) -> None:
    """Draw the figures, and where there is nothing to see, what makes something appear."""
    fee = "none" if view.head.base_fee is None else words.gwei(view.head.base_fee)
    contracts = render("chain/contracts", contracts=view.contracts)
    tiles = [
        tile("Chain", words.cut(name), f"id {view.chain_id}"),
        tile("Newest block", f"#{view.head.number:,}", words.when(view.head.time)),
        tile("Base fee", fee, f"{view.head.gas_limit:,} gas fit into a block"),
        tile("Our contracts", f"{len(view.contracts)}, {view.events:,} events", markup(contracts)),
    ]
    empty = _NO_CONTRACT if not view.contracts else _NO_EVENT if not view.events else ""
    if not view.head.number:
        empty = _NO_BLOCK + empty
    st.html(render("chain/head", strip=markup(strip(tiles)), empty=empty))
