"""The chain at a glance: its name and id, its newest block, the base fee, and our contracts on it."""

import streamlit as st

from privacy.chains.watching import View
from ui.chain import words
from ui.kit.html import markup, render
from ui.kit.tiles import strip, tile

_NO_CONTRACT = (
    "None of our contracts is on this chain yet. Each is created at its first use: create a room or log a list, and "
    "it appears here."
)
_NO_BLOCK = "The chain has only its first block. The first transaction makes the second. "
_NO_EVENT = "Our contracts have no events yet. Create a room or log a list, and it appears here."


def show(view: View, name: str) -> None:
    """Draw the figures, and where there is nothing to see, what makes something appear."""
    fee = "none" if view.head.base_fee is None else words.gwei(view.head.base_fee)
    contracts = render("chain/contracts", contracts=view.contracts)
    tiles = [
        tile("Chain", words.cut(name), f"id {view.chain_id}"),
        tile("Newest block", f"#{view.head.number:,}", words.when(view.head.time)),
        tile("Base fee", fee, f"up to {view.head.gas_limit:,} gas a block"),
        tile("Our contracts", f"{len(view.contracts)}, {view.events:,} events", markup(contracts)),
    ]
    empty = _NO_CONTRACT if not view.contracts else _NO_EVENT if not view.events else ""
    if not view.head.number:
        empty = _NO_BLOCK + empty
    st.html(render("chain/head", strip=markup(strip(tiles)), empty=empty))
