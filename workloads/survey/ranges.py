"""Ranges of numbers: one found with a part of the budget, and what clipping at one costs.

The range comes from noised counts over a public ladder of ranges: its ends are where the counts reach a hundredth from
below and from above. The counts are one noised sum like any other, so their cost is that of a histogram; what is done
with them costs nothing more (post-processing; Dwork and Roth 2014, Proposition 2.1).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from privacy.plugin import Seats
from privacy.plugin.running import Floats, Ints
from workloads.survey.data import Tally
from workloads.survey.options import DATE
from workloads.survey.questions import Mean

if TYPE_CHECKING:
    from workloads.survey.round import Question

FOUND_SHARE = 0.25
"""The part of epsilon that finds a range."""

_RUNGS = 24
_DECADES = 6
_TAIL = 0.01
_NOISE = 3.0


def ladder(public: tuple[float, float]) -> list[float]:
    """Edges within a public range: each rung as much wider than the last where it begins at 0, else all alike."""
    low, high = public
    if low == 0:
        return [0.0, *(float(e) for e in np.geomspace(high / 10**_DECADES, high, _RUNGS))]
    return [float(e) for e in np.linspace(low, high, _RUNGS + 1)]


def range_in(edges: Sequence[float], counts: Ints | Floats, *, deviation: float) -> tuple[float, float]:
    """The edges that all but a hundredth at either end of the noised counts lie between."""
    floats = np.asarray(counts, dtype=np.float64)
    held = np.where(floats > _NOISE * deviation, floats, 0.0)
    if not held.any():
        return float(edges[0]), float(edges[-1])
    share = np.cumsum(held) / held.sum()
    low = int(np.searchsorted(share, _TAIL))
    high = int(np.searchsorted(share, 1 - _TAIL))
    return float(edges[low]), float(edges[high + 1])


@dataclass(frozen=True)
class Clipping:
    """What a mean costs at one range from 0 or the low end: bias from clipping, noise, and both, as root mean square
    errors in the column's unit."""

    high: float
    bias: float
    noise: float

    @property
    def both(self) -> float:
        return float(np.hypot(self.bias, self.noise))


def clipping_curve(tally: Tally, *, low: float, high: float, multiplier: float, devices: int) -> list[Clipping]:
    """The cost of clipping a mean at `low` and at each of a few dozen upper ends, on data that the asker holds.

    `multiplier` is the noise's standard deviation over what one device adds at most, which is half the range.
    """
    numbers, counts = tally.numbers, tally.counts
    truth = float(np.dot(numbers, counts)) / max(tally.rows, 1)
    ends = low + np.geomspace((high - low) / 1000, high - low, 40)
    found = []
    for end in ends:
        clipped = float(np.dot(np.clip(numbers, low, end), counts)) / max(tally.rows, 1)
        found.append(Clipping(float(end), abs(clipped - truth), multiplier * float(end - low) / 2 / devices))
    return found


def curve_for(question: "Question", seats: Seats) -> list[Clipping]:
    """The curve of a noised mean, from its low end to the largest number of the file, or of the range if it is more."""
    survey = question.survey
    if not isinstance(survey, Mean) or not question.noised:
        return []
    service = seats.sums(survey, contributors=question.devices, minimum=question.options.minimum)
    deviation = service.deviation(contributors=question.devices)
    if deviation is None:
        return []
    tally = question.cells.whole
    low, high = survey.span[0], max(survey.span[1], float(tally.numbers[tally.counts > 0].max()))
    multiplier = deviation / survey.amount
    return clipping_curve(tally, low=low, high=high, multiplier=multiplier, devices=question.devices)


def widest(question: "Question") -> str:
    """The range of all numbers of a file, as a setting has it."""
    tally = question.cells.whole
    numbers = tally.numbers[tally.counts > 0]
    low, high = float(numbers.min()), float(numbers.max())
    if question.cells.kind == DATE:
        first, last = (question.cells.typed.label(repr(day)) for day in (low, max(high, low + 1)))
        return f"{first}..{last}"
    return f"{low!r}..{high if low < high else low + 1.0!r}"
