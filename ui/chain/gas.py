"""Gas per action: a bar to the median, and a line from the least to the most."""

import streamlit as st

from privacy.chains.gas_used import EACH
from privacy.chains.watching import View
from ui.chain import words
from ui.kit.html import render

_CREATES = "new contract"


def show(view: View) -> None:
    """Draw what is measured by now."""
    calls = [one for one in view.gas if not one.action.startswith(_CREATES)]
    longest = max((one.most for one in calls), default=1)
    rows = [
        {
            "use": one, "title": words.spaced(one.action.rpartition(".")[2]),
            **{name: f"{100 * getattr(one, name) / longest:.1f}" for name in ("median", "least", "most")},
        }
        for one in calls
    ]  # fmt: skip
    made = [one for one in view.gas if one.action.startswith(_CREATES)]
    of = f"the newest {EACH} transactions of each kind of event of our contracts"
    note = "Measuring …" if view.measuring else f"Measured on {of}. Each line shows the median, then least to most."
    if not view.gas and not view.measuring:
        note = "Nothing is measured yet: this chain has no transaction of our contracts."
    st.html(render("chain/gas", rows=rows, made=made, note=note))
