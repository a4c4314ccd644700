"""The asker of a survey: what a question looks for, and what the asker is taken to know of the data beforehand."""

from itertools import pairwise

import numpy as np

from privacy.plugin import DataError, ParamError
from workloads.survey.data import Cells, span_of
from workloads.survey.options import HEAVY, HISTOGRAM, MEAN, SurveyOptions
from workloads.survey.questions import FINE, OTHER, Heavy, Histogram, Mean, Survey


def survey_of(options: SurveyOptions, cells: Cells, *, noised: bool = False) -> tuple[Survey, list[str]]:
    """The question over this column, and what an asker is taken to know. ParamError where they do not fit."""
    fine = FINE if noised else 1
    if noised and not cells.generated:
        _check_declared(options)
    if options.question == HEAVY:
        known, notes = _known(options, cells)
        return Heavy(known, most=options.bins, fine=fine), notes
    if options.question == HISTOGRAM and (options.values or not cells.numeric):
        known, notes = _known(options, cells)
        return Histogram([*(known if options.values else known[: options.bins]), OTHER], fine=fine), notes
    if not cells.numeric:
        text = f"{len(cells.strays):,} cells of the column {cells.column} are no numbers"
        where = f"{cells.name}, row {cells.strays[0]} first"
        raise DataError(text, where=where, then="mend them, or ask for a histogram or heavy values")
    span, notes = _span(options, cells)
    if options.question == MEAN:
        return Mean(span), notes
    edges = np.linspace(*span, options.bins + 1)
    labels = [f"{low:g} to {high:g}" for low, high in pairwise(edges)]
    return Histogram(labels, span=span, fine=fine), notes


def _check_declared(options: SurveyOptions) -> None:
    """Under a randomiser, what the asker looks for must be declared: taken from a person's data it would tell of it."""
    text = "a noised survey cannot take what it looks for from the data"
    if options.question != MEAN and not options.values and not (options.question == HISTOGRAM and options.span):
        raise ParamError(text, then="declare the values, parted by |, or a range such as 0..100")
    if options.question == MEAN and not options.span:
        raise ParamError(text, then="declare the span, such as 0..100")


def _known(options: SurveyOptions, cells: Cells) -> tuple[list[str], list[str]]:
    if options.values:
        known = list(dict.fromkeys(v.strip() for v in options.values.split("|") if v.strip()))
        if len(known) < 2:
            raise ParamError("the values to look for are fewer than two", then="part them by |")
        return known, []
    return list(cells.known), ["The values looked for are those of the data, as if the asker knew them before."]


def _span(options: SurveyOptions, cells: Cells) -> tuple[tuple[float, float], list[str]]:
    if not options.span:
        span = span_of(cells.cells)
        text = f"The range {span[0]:g} to {span[1]:g} is taken from the data, as if the asker knew it before"
        return span, [f"{text}; numbers outside count at its ends."]
    low, dots, high = options.span.partition("..")
    try:
        span = float(low), float(high)
    except ValueError:
        span = (0.0, 0.0)
    if not dots or not np.isfinite(span).all() or not span[0] < span[1]:
        raise ParamError(f"the range {options.span!r} is none", then="write it as 0..100")
    return span, ["Numbers outside the range count at its ends."]
