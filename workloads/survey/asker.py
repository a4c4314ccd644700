"""The asker of a survey: what a question looks for, and what the asker is taken to know of the data beforehand."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np

from privacy.plugin import DataError, ParamError
from privacy.plugin.tables import one_line
from workloads.survey.data import Cells
from workloads.survey.kinds import PART, cut, day_of, decimals_of, whole
from workloads.survey.options import (
    CODE,
    DATE,
    HEAVY,
    HISTOGRAM,
    MEAN,
    MOST_BINS,
    SEVERAL,
    WHOLE,
    YES_NO,
    SurveyOptions,
)
from workloads.survey.questions import Heavy, Histogram, Mean, Survey, rest_of

Span = tuple[float, float]

_WIDEST = 1e15
_RING = 2**31 - 8
"""Every backend sums below this in absolute value."""
_FINEST, _FINEST_NOISED = 1_000_000_000, 1_000_000
_HEADROOM = 8
"""How many times its whole part a device may send of it where it adds its share of the noise."""


@dataclass(frozen=True)
class _Made:
    """How fine a device's part is, how many rows it holds, and whether their number is summed too."""

    rows: int
    counted: bool
    fine: int = 1

    @property
    def words(self) -> dict[str, Any]:
        return vars(self)


def survey_of(
    options: SurveyOptions, cells: Cells, *, noised: bool = False, found: Span | None = None
) -> tuple[Survey, list[str]]:
    """The question over this column, and what an asker is taken to know. ParamError where they do not fit.

    `found` is a range that a part of the budget found.
    """
    if noised and not cells.generated and found is None:
        _check_declared(options, cells)
    rows = options.rows_each if cells.persons else 1
    # Nobody may say how many devices are in a noised sum: where it is not all of them, the noised sum says it.
    made = _Made(rows=rows, counted=noised and (options.dropouts > 0 or options.share < 1))
    fine = max(
        1, min(_FINEST_NOISED if noised else _FINEST, _RING // (len(cells.devices) * (_HEADROOM if noised else 1)))
    )
    made = replace(made, fine=fine if noised or options.question == MEAN else 1)
    if options.question == MEAN:
        return _mean(options, cells, made, noised=noised, found=found)
    if options.question == HEAVY and cells.kind != SEVERAL:
        known, notes = _known(options, cells)
        return Heavy(known, most=options.bins, **made.words), notes
    return _histogram(options, cells, made, noised=noised, found=found)


def range_of(options: SurveyOptions) -> Span | None:
    """The public range within which a part of the budget is to find one; None where none is to be found."""
    match = re.fullmatch(r"\s*found in (.+)", options.span)
    return parsed(match[1], dates=False) if match else None


def parsed(text: str, *, dates: bool) -> Span:
    """A range such as 0..100, or of dates. ParamError for none, and for one too wide to be summed."""
    low, dots, high = re.sub(r"\s*(?:…|\.{3}|\bto\b|–)\s*", "..", text, count=1).partition("..")
    if not dots:
        raise ParamError(f"the range {text[:40]!r} is not valid", then="write it as 0..100")
    try:
        span = (day_of(low), day_of(high)) if dates else (float(low), float(high))
    except ValueError:
        raise ParamError(f"the range {text[:40]!r} is not valid", then="write it as 0..100") from None
    if not np.isfinite(span).all() or not span[0] < span[1]:
        raise ParamError(f"the range {text[:40]!r} is not valid", then="write it as 0..100, the lower end first")
    if max(abs(span[0]), abs(span[1])) > _WIDEST:
        raise ParamError(f"the range {text[:40]!r} is too wide", then=f"keep it within {_WIDEST:g} on either side")
    return span


def _check_declared(options: SurveyOptions, cells: Cells) -> None:
    """Under a randomiser, what the asker looks for must be declared: taken from a person's data it would tell of it."""
    text = "a survey with noise cannot take its range or values from the data"
    if options.question == MEAN and not options.span and cells.kind != YES_NO:
        then = "write a range such as 0..100 into the setting span, or let the budget find it: found in 0..1000000"
        raise ParamError(text, then=then)
    ranges = options.question == HISTOGRAM and (options.span or options.edges)
    if options.question != MEAN and not options.values and not ranges and cells.kind != YES_NO:
        then = "write them into the setting values, separated by |, or a range such as 0..100 into span"
        raise ParamError(text, then=then)


def _mean(
    options: SurveyOptions, cells: Cells, made: _Made, *, noised: bool, found: Span | None
) -> tuple[Mean, list[str]]:
    if not cells.numeric:
        where = cells.strays()
        text = f"the column {one_line(cells.column, most=40)} holds {_WORDS.get(cells.kind, cells.kind)}, not numbers"
        if where and cells.kind not in (CODE, SEVERAL):
            text += f": {where}, cannot be read as one"
        then = "say what stands for missing, correct the cells, or ask for a histogram or the most common values"
        raise DataError(text, where=cells.name, then=then)
    if cells.kind == YES_NO and not options.span:
        return Mean((0.0, 1.0), resolution=1.0, **made.words), [
            "Yes counts 1 and no counts 0, so the mean is the share of yes."
        ]
    span, notes = _span(options, cells, found, noised=noised)
    resolution = 10.0 ** -decimals_of([whole(span[0]), *cells.whole.forms[:MOST_LOOKED_AT]])
    return Mean(span, resolution=resolution, **made.words), notes


MOST_LOOKED_AT = 10_000
"""Forms that are looked at for how many decimals numbers have: more of them round a little."""

_WORDS = {"code": "codes", "category": "categories", "several answers": "several answers in a cell"}


def _histogram(
    options: SurveyOptions, cells: Cells, made: _Made, *, noised: bool, found: Span | None
) -> tuple[Histogram, list[str]]:
    if options.values:
        return _of_values(cut(options.values), [], options, cells, made=made)
    if cells.kind == YES_NO:
        labels = [cells.typed.label(form) for form in ("1", "0")]
        return Histogram(labels, forms=["1", "0"], **made.words), []
    if not cells.numeric:
        known, notes = _known(options, cells)
        most = MOST_BINS if cells.kind == CODE and len(known) <= MOST_BINS else options.bins
        if cells.kind == CODE:
            known = sorted(known[:most])
        return _of_values(known[:most], notes, options, cells, made=made, all_named=len(known) <= most)
    if options.edges:
        return _between(_edges(options, cells), cells, ["The ranges are the declared ones."], made)
    if len(cells.whole.forms) == 1 and not options.span:
        return _of_values(list(cells.whole.forms), [], options, cells, made=made)
    span, notes = _span(options, cells, found, noised=noised)
    if cells.kind == WHOLE and (bins := _each(options, cells, span, declared=bool(options.span))):
        return bins.of(notes, made)
    return _between(_even(span, options.bins, cells.kind), cells, notes, made)


class _Bins:
    """A bin for each of a few whole numbers."""

    def __init__(self, numbers: Sequence[int], *, clipped: bool) -> None:
        self.numbers, self.clipped = numbers, clipped

    def of(self, notes: list[str], made: _Made) -> tuple[Histogram, list[str]]:
        labels = [str(n) for n in self.numbers]
        if not self.clipped:
            return Histogram(labels, **made.words), notes
        edges = [n - 0.5 for n in self.numbers] + [self.numbers[-1] + 0.5]
        return Histogram(labels, edges=edges, **made.words), notes


def _each(options: SurveyOptions, cells: Cells, span: Span, *, declared: bool) -> _Bins | None:
    """A bin for each whole number of a short range, or for each of a few numbers that lie far apart."""
    low, high = math.ceil(span[0]), math.floor(span[1])
    if declared:
        return _Bins(range(low, high + 1), clipped=True) if 1 <= high - low < MOST_BINS else None
    held = sorted(int(float(f)) for f, c in zip(cells.whole.forms, cells.whole.counts, strict=True) if c)
    if high - low < MOST_BINS and high - low + 1 <= max(16, 2 * len(held)):
        return _Bins(range(low, high + 1), clipped=False)
    return _Bins(held, clipped=False) if len(held) <= MOST_BINS and len(held) <= max(16, options.bins) else None


def _even(span: Span, bins: int, kind: str) -> list[float]:
    """Edges of equal width. Of whole numbers and days they are whole, and as wide as they must be."""
    low, high = span
    if kind not in (WHOLE, DATE):
        return [float(e) for e in np.linspace(low, high, bins + 1)]
    first, last = math.floor(low), math.ceil(high)
    step = max(1, math.ceil((last - first + 1) / bins))
    if kind == WHOLE and step > 1:
        size = 10 ** (len(str(step)) - 1)
        step = -(-step // size) * size
        first = first // step * step
    edges = list(range(first, last + step, step))
    edges = edges if edges[-1] > last else [*edges, edges[-1] + step]
    return [float(e) for e in edges]


def _between(edges: Sequence[float], cells: Cells, notes: list[str], made: _Made) -> tuple[Histogram, list[str]]:
    if cells.kind == DATE:
        labels = [f"{cells.typed.label(whole(a))} to {cells.typed.label(whole(b - 1))}" for a, b in pairwise(edges)]
    elif cells.kind == WHOLE and all(e == int(e) for e in edges):
        labels = [f"{a:.0f} to {b - 1:.0f}" if b - a > 1 else f"{a:.0f}" for a, b in pairwise(edges)]
        labels[-1] = f"{edges[-2]:.0f} to {edges[-1]:.0f}" if cells.whole.numbers.max() >= edges[-1] else labels[-1]
    else:
        labels = [f"{a:.6g} to {b:.6g}" for a, b in pairwise(edges)]
    if len(set(labels)) < len(labels):
        labels = [f"{a!r} to {b!r}" for a, b in pairwise(edges)]
    return Histogram(labels, edges=edges, **made.words), notes


def _edges(options: SurveyOptions, cells: Cells) -> list[float]:
    dates = cells.kind == DATE
    try:
        edges = [day_of(e) if dates else float(e) for e in options.edges.split(",")]
    except ValueError:
        edges = []
    if not 2 <= len(edges) <= MOST_BINS + 1 or not np.isfinite(edges).all() or edges != sorted(set(edges)):
        text = f"the edges {options.edges[:40]!r} are not valid"
        raise ParamError(text, then=f"write up to {MOST_BINS + 1} rising numbers, such as 0,18,35,65")
    return edges


def _of_values(
    labels: list[str], notes: list[str], options: SurveyOptions, cells: Cells, *, made: _Made,
    all_named: bool = False,
) -> tuple[Histogram, list[str]]:  # fmt: skip
    """Counts of named values; what is none of them is counted apart, unless there can be nothing else."""
    forms = [form_of(label, cells) for label in labels] if options.values else list(labels)
    if len(set(forms)) < len(forms):
        raise ParamError("two of the values are the same answer", then="name each value once")
    shown = labels if options.values else [cells.typed.label(form) for form in forms]
    if all_named and len(forms) > 1 and not cells.generated:
        rest: list[str] = []
    else:
        rest = [rest_of(shown)]
    answers = 0
    if cells.kind == SEVERAL:
        answers = options.answers or len(shown) + len(rest)
        notes = [*notes, f"At most {answers} answers of a cell count."] if options.answers else notes
    both = [*forms, *(rest_of(forms) for _ in rest)]
    return Histogram([*shown, *rest], forms=both, answers=answers, **made.words), notes


def form_of(label: str, cells: Cells) -> str:
    """The form of a declared value: `1`, `1.0` and `1,0` are one answer."""
    if cells.kind == DATE:
        return whole(day_of(label))
    if cells.kind == YES_NO:
        return next((f for f in ("1", "0") if cells.typed.label(f).casefold() == label.casefold()), label)
    if cells.kind == SEVERAL or label in cells.whole.forms:
        return label
    for text in (label, label.replace(",", ".")):
        try:
            return whole(float(text)) if cells.kind != CODE else label
        except (ValueError, OverflowError):
            continue
    return label


def _known(options: SurveyOptions, cells: Cells) -> tuple[list[str], list[str]]:
    if options.values:
        return [form_of(v, cells) for v in cut(options.values)], []
    notes = ["The values counted are taken from the data, as if they had been known before."]
    if cells.kind != SEVERAL:
        return cells.whole.ranked(), notes
    counts: dict[str, int] = {}
    for form, count in zip(cells.whole.forms, cells.whole.counts, strict=True):
        for item in form.split(PART):
            counts[item] = counts.get(item, 0) + int(count)
    return sorted(counts, key=lambda item: (-counts[item], item)), notes


def _span(options: SurveyOptions, cells: Cells, found: Span | None, *, noised: bool) -> tuple[Span, list[str]]:
    if found is not None:
        text = f"A part of the budget found the range {_shown(found, cells)}. Numbers outside it count at its ends."
        return found, [text]
    if options.span and range_of(options) is None:
        return parsed(options.span, dates=cells.kind == DATE), ["Numbers outside the declared range count at its ends."]
    numbers = cells.whole.numbers[cells.whole.counts > 0]
    low, high = float(numbers.min()), float(numbers.max())
    low, high = (low, high) if low < high else (low - 0.5, high + 0.5)
    if noised and cells.kind != DATE:
        # Of made-up devices: whoever knew the range before would name it in round numbers.
        step = 10.0 ** math.floor(math.log10(high - low))
        low, high = math.floor(low / step) * step, math.ceil(high / step) * step
    text = f"The range {_shown((low, high), cells)} is taken from the data, as if known before. Nothing is cut."
    return (low, high), [text]


def _shown(span: Span, cells: Cells) -> str:
    low, high = (cells.typed.label(whole(float(round(e)))) if cells.kind == DATE else f"{e:.10g}" for e in span)
    return f"{low} to {high}"
