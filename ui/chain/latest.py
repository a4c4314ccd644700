"""The latest blocks, with their transactions in words."""

import streamlit as st

from privacy.chains.watching import View
from ui.chain import words
from ui.kit.html import render


def show(view: View) -> None:
    """List the blocks, newest first."""
    blocks = [
        {
            "number": block.number, "when": words.when(block.time), "gas": f"{block.gas_used:,}",
            "actions": [words.action(one, view.names) for one in actions],
            "more": max(0, len(block.transactions) - len(actions)),
        }
        for block, actions in view.latest
    ]  # fmt: skip
    st.html(render("chain/latest", blocks=blocks))
