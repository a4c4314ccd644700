"""What clipping at a range costs a noised mean, before the budget is spent on it."""

import streamlit as st

from privacy.plugin import RunRequest
from privacy.plugin.drawing import clipping
from privacy.plugin.host import opened
from privacy.plugin.running import Registry
from ui.kit import figure
from workloads.survey.options import MEAN
from workloads.survey.ranges import curve_for
from workloads.survey.round import Question


def applies(request: RunRequest) -> bool:
    """Whether a range is clipped at and noise is drawn for it."""
    return request.options.get("question") == MEAN and "dp" in request.stack.split("+")


def show(request: RunRequest, registry: Registry) -> None:
    """The curve, over the data that the asker holds."""
    found = opened(request, registry)
    question: Question = found.case.inner
    points = curve_for(question, found.seats(registry).rehearsal())
    about = (
        "A short range cuts off what lies outside it, a long one needs more noise. The lines are of this file, which "
        "the asker holds, and of the noise at this epsilon; nothing is spent. Who holds no file goes by what is known "
        "of the column."
    )
    if points:
        st.html("<p class='vb vb-note'>Computed from the file without noise, for whoever holds it.</p>")
        now = question.survey.span[1] if hasattr(question.survey, "span") else None
        figure.show(clipping([(p.high, p.bias, p.noise, p.both) for p in points], now=now, about=about))
