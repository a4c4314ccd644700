"""What clipping at a range costs a noised mean, before the budget is spent on it."""

from dataclasses import replace

import streamlit as st

from privacy.plugin import RunRequest
from privacy.plugin.drawing import clipping
from privacy.plugin.host import opened
from privacy.plugin.running import Registry
from ui.kit import figure
from workloads.survey.options import MEAN
from workloads.survey.ranges import curve_for, widest
from workloads.survey.round import Question

_ABOUT = (
    "A short range cuts off the numbers outside it; a long one needs more noise. The lines use this file and the "
    "noise at this epsilon; no budget is spent. Without the file, you would choose from what is known about the column."
)
_UNDECLARED = (
    "No range is declared yet. The curve goes up to the largest number of this file. Choose an end near the least "
    "error that you could have named without looking, and set it as the span in Settings."
)


def applies(request: RunRequest) -> bool:
    """Whether a range is clipped at and noise is drawn for it."""
    return request.options.get("question") == MEAN and "dp" in request.stack.split("+")


def show(request: RunRequest, registry: Registry) -> None:
    """The curve, over the data that the asker holds."""
    declared = bool(request.options.get("span"))
    if not declared and request.data:
        plain = replace(request, stack=RunRequest.stack, params={})
        request = replace(request, options={**request.options, "span": widest(opened(plain, registry).case.inner)})
        st.html(f"<p class='vb' role='status'>{_UNDECLARED}</p>")
    found = opened(request, registry)
    question: Question = found.case.inner
    points = curve_for(question, found.seats(registry).rehearsal())
    if points:
        now = question.survey.span[1] if declared and hasattr(question.survey, "span") else None
        figure.show(clipping([(p.high, p.bias, p.noise, p.both) for p in points], now=now, about=_ABOUT))
