"""How the column is read: its kind, how many rows hold a value, who takes part, and about how long it takes."""

import streamlit as st

from privacy.plugin import RunRequest
from privacy.plugin.host import opened
from privacy.plugin.running import Registry, most_simulated
from ui.kit.html import render
from workloads.survey.pace import in_words, pace_of
from workloads.survey.round import Question


def show(request: RunRequest, registry: Registry) -> None:
    """One line to confirm, before anything is summed."""
    found = opened(request, registry)
    question: Question = found.case.inner
    cells = question.cells
    st.html(
        render(
            "survey/panels/column", column=cells.column, kind=cells.kind, rows=cells.whole.rows, missing=cells.missing,
            devices=question.devices, population=cells.population, persons=cells.persons,
            most=most_simulated(question.stack), seconds=in_words(pace_of(question, found.seats(registry))),
            forms=[cells.typed.label(form) for form in cells.whole.ranked(most=6)], more=len(cells.whole.forms) > 6,
        )
    )  # fmt: skip
