"""How long a survey will take: measured on a few made-up devices, and drawn out to all of them."""

import math
import time
from dataclasses import replace

import numpy as np

from privacy.plugin import Seats, Shape, contributor
from workloads.survey.round import Question

_FEW = (12, 24)
_found: dict[str, tuple[float, float]] = {}
"""Seconds of a sum over few devices and over twice as many, by stack and size: measured once by a process."""


def pace_of(question: Question, seats: Seats) -> float:
    """The seconds of one sum of the question's devices, under its stack, on this machine: an estimate."""
    stack, survey = replace(question.stack, randomiser=None, release_params=None), question.survey
    key = repr((stack.name, stack.params, survey.length, survey.bound))
    if key not in _found:
        shape = Shape(survey.length, survey.bound, survey.unit)
        _found[key] = (
            _measured(shape, seats.rehearsal(stack), count=_FEW[0]),
            _measured(shape, seats.rehearsal(stack), count=_FEW[1]),
        )
    least, more = _found[key]
    # Some stacks take as the number of devices, some as its square.
    power = min(max(math.log2(max(more, 1e-6) / max(least, 1e-6)), 1.0), 2.0)
    return float(more * (question.devices / _FEW[1]) ** power)


def in_words(seconds: float) -> str:
    """A time to wait, in words."""
    if seconds < 1.5:
        return "a second"
    return f"{seconds:.0f} seconds" if seconds < 100 else f"{seconds / 60:.0f} minutes"


def _measured(shape: Shape, seats: Seats, *, count: int) -> float:
    start = time.perf_counter()
    service = seats.sums(shape, contributors=count, minimum=2)
    service.publish(seats.channel)
    zeros = np.zeros(shape.length, dtype=np.int64)
    service.release({contributor(i): zeros for i in range(1, count + 1)}, seats.channel)
    service.close()
    return time.perf_counter() - start
