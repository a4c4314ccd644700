"""Rows as marks: what each cell of a comparison has of each figure, and how it is said in words."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.plots.words import clean, written

Row = Mapping[str, Any]
LIMIT = 1e15
"""A figure beyond this is left off a plot: nothing that is measured here comes near it."""


def plottable(value: object) -> float | None:
    """A finite number of a sane size, else None."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= LIMIT else None


@dataclass(frozen=True)
class Reading:
    """One figure that can be drawn, with its interval (the value itself where it has none)."""

    value: float
    low: float
    high: float
    unit: str = ""
    chance: float | None = None

    @property
    def text(self) -> str:
        """The value in its unit, and its interval."""
        value = written(self.value, self.unit)
        if self.low == self.high:
            return value
        return f"{value} ({written(self.low, self.unit)} to {written(self.high, self.unit)})"


@dataclass
class Mark:
    """One cell: its stack, its swept value, and its figures. `missing` says why one cannot be drawn."""

    stack: str
    label: str
    swept: float | None
    readings: dict[str, Reading] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def marks_of(rows: Iterable[Row]) -> list[Mark]:
    """The cells in the order of their first rows."""
    found: dict[tuple[str, float | None], Mark] = {}
    for row in rows:
        stack, swept = clean(row["stack"], most=40), plottable(row.get("swept"))
        mark = found.setdefault((stack, swept), Mark(stack, clean(row.get("label", stack), most=40), swept))
        reading = _reading(row)
        if reading is None:
            mark.missing[row["key"]] = clean(row.get("note") or "no value")
        else:
            mark.readings[row["key"]] = reading
    return list(found.values())


def _reading(row: Row) -> Reading | None:
    value = plottable(row.get("value"))
    if value is None:
        return None
    low, high = plottable(row.get("low")), plottable(row.get("high"))
    low, high = min(value if low is None else low, value), max(value if high is None else high, value)
    return Reading(value, low, high, str(row.get("unit", "")), plottable(row.get("chance")))


def stacks_of(marks: Iterable[Mark]) -> list[str]:
    """The stacks, in order."""
    return list(dict.fromkeys(m.stack for m in marks))


def constants(values: Iterable[float | None], *, most: int = 3) -> list[float]:
    """The distinct values, to four decimals, of what should be the same for all cells; the first `most`."""
    return list(dict.fromkeys(round(v, 4) for v in values if v is not None))[:most]


def levels(values: Iterable[float | None], *, apart: float = 0.04, most: int = 3) -> list[float]:
    """Values that each cell has of its own, as `most` levels: those no further `apart` are one, at their mean."""
    groups: list[list[float]] = []
    for value in sorted(v for v in values if v is not None):
        if groups and value - groups[-1][0] <= apart:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [round(sum(group) / len(group), 4) for group in groups][:most]


def spoken(marks: Sequence[Mark], keys: Sequence[tuple[str, str]]) -> str:
    """All that is drawn, in words: for the description of a plot."""
    rows = []
    for mark in marks:
        parts = [f"{name} {mark.readings[key].text}" for key, name in keys if key in mark.readings]
        if parts:
            rows.append(f"{mark.label}: {', '.join(parts)}")
    return ("; ".join(rows) + ".") if rows else ""
