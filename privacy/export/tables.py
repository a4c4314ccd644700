"""The tables of the report: the main figures, and every metric with its source."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.compare.plan import Comparison
from privacy.figures import Figure, Figures
from privacy.plots.words import interval, number, written
from privacy.spec import WorkloadSpec

Record = Mapping[str, Any]


@dataclass(frozen=True)
class Reading:
    """A cell of a table: the value in its unit, its interval, and why there is none."""

    value: str
    interval: str = ""
    why: str = ""


@dataclass(frozen=True)
class Row:
    """One run: its label, a reading for each figure, or what stands in their place."""

    label: str
    readings: tuple[Reading, ...] = ()
    instead: str = ""
    failed: bool = False


@dataclass(frozen=True)
class Table:
    """One row for each run and one column for each figure."""

    caption: str
    figures: tuple[Figure, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Line:
    """One metric with all that is known of it, in words."""

    name: str
    value: str
    interval: str
    n: str
    chance: str
    unit: str
    source: str
    note: str


def tables(comparison: Comparison, spec: WorkloadSpec) -> tuple[Table, Table]:
    """A table of quality and attacks, and one of cost."""
    figures = Figures(spec.figures)
    return (
        _table(comparison, spec.measured, figures.of("quality", "leak")),
        _table(comparison, spec.spent, figures.of("cost")),
    )


def metric_of(record: Record, key: str) -> Record | None:
    """A metric of a record, None if it has none of that name."""
    return next((m for m in record["metrics"] if m["key"] == key), None)


def _table(comparison: Comparison, caption: str, figures: Sequence[Figure]) -> Table:
    rows = (
        _row(cell.label, record, figures)
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
    )  # fmt: skip
    return Table(caption, tuple(figures), tuple(rows))


def _row(label: str, record: Record | None, figures: Sequence[Figure]) -> Row:
    if record is None:
        return Row(label, instead="not run yet")
    if record["failure"]:
        return Row(label, instead=str(record["failure"]), failed=True)
    return Row(label, tuple(_reading(metric_of(record, f.key)) for f in figures))


def _reading(metric: Record | None) -> Reading:
    if metric is None or metric["value"] is None:
        return Reading("none", why=metric["note"] if metric else "not measured")
    unit = metric["unit"]
    return Reading(written(metric["value"], unit), interval(metric["low"], metric["high"], unit))


def every(comparison: Comparison, spec: WorkloadSpec) -> list[tuple[str, list[Line], str]]:
    """For each run its label, a line for each of its metrics, and what is said where there is none."""
    figures, out = Figures(spec.figures), []
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        lines = [_line(figures[m["key"]], m) for m in record["metrics"]] if record else []
        empty = "not run yet" if record is None else f"failed: {record['failure']}" if record["failure"] else ""
        out.append((cell.label, lines, empty or "no figures"))
    return out


def code(comparison: Comparison) -> list[tuple[Mapping[str, Any], str]]:
    """Each part of the code that made the records, once in each state, and the runs that it made."""
    found: dict[str, tuple[Mapping[str, Any], list[str]]] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        for one in record.get("code", []) if record else []:
            found.setdefault(repr(one), (one, []))[1].append(cell.label)
    everywhere = comparison.done
    return [(one, "all" if len(labels) == everywhere else ", ".join(labels)) for one, labels in found.values()]


def _line(figure: Figure, m: Record) -> Line:
    unit, chance = m["unit"], m.get("chance")
    kind = {"B": "bytes, ", "s": "time, "}.get(unit, "")
    return Line(
        kind + figure.name, "none" if m["value"] is None else written(m["value"], unit),
        interval(m["low"], m["high"], unit), "" if m["n"] is None else str(m["n"]),
        "" if chance is None else number(chance), unit,
        f"{m['source']}, simulated" if m["simulated"] else m["source"], m["note"],
    )  # fmt: skip
