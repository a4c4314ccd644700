"""Rows as marks: what each cell of a comparison has of each figure, and which shape and colour its stack has."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privacy.plots.scale import plottable
from privacy.plots.words import written

Row = Mapping[str, Any]


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
        return written(self.value, self.unit)


@dataclass
class Mark:
    """One cell: its stack, its swept value, and its figures. `missing` says why one cannot be drawn."""

    stack: str
    label: str
    swept: float | None
    series: int
    readings: dict[str, Reading] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)

    @property
    def short(self) -> str:
        """What is written beside the mark: the swept value, or the stack."""
        return self.stack if self.swept is None else f"{self.swept:g}"


def marks_of(rows: Iterable[Row]) -> list[Mark]:
    """The cells in the order of their first rows; stacks are numbered in that order too."""
    found: dict[tuple[str, float | None], Mark] = {}
    series: dict[str, int] = {}
    for row in rows:
        stack, swept = str(row["stack"]), plottable(row.get("swept"))
        place = series.setdefault(stack, len(series))
        mark = found.setdefault((stack, swept), Mark(stack, str(row.get("label", stack)), swept, place))
        reading = _reading(row)
        if reading is None:
            mark.missing[row["key"]] = str(row.get("note") or "no value")
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


def series_of(marks: Sequence[Mark]) -> dict[str, int]:
    """Stack to series, in order."""
    return {m.stack: m.series for m in marks}


def constants(values: Iterable[float | None], *, most: int = 3) -> list[float]:
    """The distinct values, to four decimals, of what should be the same for all cells; the first `most`."""
    return list(dict.fromkeys(round(v, 4) for v in values if v is not None))[:most]


def spoken(marks: Sequence[Mark], keys: Sequence[tuple[str, str]]) -> str:
    """All that is drawn, in words: for the description of a plot."""
    rows = []
    for mark in marks:
        parts = [f"{name} {_spoken(mark.readings[key])}" for key, name in keys if key in mark.readings]
        if parts:
            rows.append(f"{mark.label}: {', '.join(parts)}")
    return ("; ".join(rows) + ".") if rows else ""


def _spoken(reading: Reading) -> str:
    if reading.low == reading.high:
        return reading.text
    return f"{reading.text} ({written(reading.low, reading.unit)} to {written(reading.high, reading.unit)})"
