"""Axes: where a value stands, and which values are written on the axis."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LIMIT = 1e15
"""A figure beyond this is left off a plot: nothing that is measured here comes near it."""

SMALL = 1e-15
"""A figure below this is 0 on a logarithmic axis."""


@dataclass(frozen=True)
class Axis:
    """Values from `low` to `high` onto user units from `start` to `end`, evenly or by logarithm."""

    low: float
    high: float
    start: float
    end: float
    ticks: tuple[float, ...]
    log: bool = False

    def __call__(self, value: float) -> float:
        """The place of `value`, at an end of the axis where it lies beyond."""
        if self.log and value < SMALL:
            return self.start
        a, b, v = (math.log2(n) if self.log else n for n in (self.low, self.high, value))
        share = 0.5 if a == b else (v - a) / (b - a)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


def plottable(value: object) -> float | None:
    """A finite number of a sane size, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= LIMIT else None


def even(values: Iterable[float], start: float, end: float, *, floor: float = 0.0, top: float = 1.0) -> Axis:
    """An even axis that holds `values` and the range from `floor` to `top`, with round ticks."""
    found = [*values, floor, top]
    low, high = min(found), max(found)
    step = _round_step((high - low) / 7)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(round(i * step, 12) for i in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], start, end, ticks)


def _round_step(rough: float) -> float:
    power = 10.0 ** math.floor(math.log10(rough))
    return next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * (1 - 1e-9))


def tens(values: Iterable[float], start: float, end: float) -> Axis:
    """A logarithmic axis over whole powers of ten that holds every value above 0; at least one power wide."""
    found = [v for v in values if v >= SMALL] or [1.0]
    first = math.floor(math.log10(min(found)) + 1e-9)
    last = max(math.ceil(math.log10(max(found)) - 1e-9), first + 1)
    stride = max(1, -(-(last - first) // 10))
    last = first + -(-(last - first) // stride) * stride
    ticks = tuple(10.0**p for p in range(first, last + 1, stride))
    return Axis(ticks[0], ticks[-1], start, end, ticks, log=True)


def settings(values: Sequence[float], start: float, end: float) -> Axis:
    """An axis of the values that a parameter was set to, each a tick: by log2 where all are above 0."""
    found = tuple(sorted(set(values)))
    log = found[0] >= SMALL
    inset = 18.0
    return Axis(found[0], found[-1], start + inset, end - inset, found, log=log)


def doublings(values: Iterable[float], start: float, end: float) -> Axis:
    """A log2 axis over whole powers of two that holds every value above 0; at most a dozen of them are ticks."""
    found = [v for v in values if v >= SMALL] or [1.0]
    first = math.floor(math.log2(min(found)) + 1e-9)
    last = max(math.ceil(math.log2(max(found)) - 1e-9), first + 1)
    stride = max(1, -(-(last - first) // 12))
    last = first + -(-(last - first) // stride) * stride
    ticks = tuple(2.0**p for p in range(first, last + 1, stride))
    return Axis(ticks[0], ticks[-1], start, end, ticks, log=True)


def apart(places: Sequence[float], *, least: float) -> list[int]:
    """Indices of the places to label, left to right, so that no two labels are closer than `least`."""
    chosen: list[int] = []
    for i in sorted(range(len(places)), key=places.__getitem__):
        if not chosen or places[i] - places[chosen[-1]] >= least:
            chosen.append(i)
    return chosen
