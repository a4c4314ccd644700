"""What a round released, by label, with its figures at a glance."""

import streamlit as st

from privacy.figures import Figures
from ui.kit import format as f
from ui.kit.html import render
from ui.server.view import View

_MOST = 20


def show(view: View) -> None:
    """The answer, then the figures of the round."""
    figures = Figures(view.spec.figures)
    answer = [(label, f.value(value)) for label, value in view.round.answer.items()]
    metrics = [(figures[m.key].column, f.figure(m), m.source) for m in view.round.metrics if m.value is not None]
    st.html(
        render(
            "server/answer", answer=answer[:_MOST], more=len(answer) - _MOST, metrics=metrics, notes=view.round.notes
        )
    )
