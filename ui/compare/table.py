"""The figures of a comparison: one row for each cell, and on demand every metric with its source."""

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from privacy.compare.plan import Comparison
from privacy.export.sections import metric_of
from privacy.export.told import cost_columns, quality_columns, told, workload_of
from privacy.plots.words import interval, name_of, number, written
from privacy.registry import Registry
from ui.compare.controls import title
from ui.kit import format as f

Record = Mapping[str, Any]
_UNITS = {"B": "bytes", "s": "time", "share": "share of 1"}
_HEAD = ("Figure", "Value", "95% interval", "n", "Chance", "Unit", "Source", "Note")


def announce(comparison: Comparison, registry: Registry) -> None:
    """What will be compared, before any of it has run."""
    rows = "".join(
        f"<li><b>{f.text(title(registry, stack))}.</b> {f.text(_summary(registry, stack))}</li>"
        for stack in comparison.plan.stacks
    )
    st.html(
        "<div class='vb'><p>No run of these settings is saved. Plots, figures and guarantees will appear here, run by "
        f"run, for:</p><ul>{rows}</ul></div>"
    )


def _summary(registry: Registry, stack: str) -> str:
    return " ".join(one.summary for one in registry.members(stack))


def show(comparison: Comparison) -> None:
    """Two tables, each in a box of its own that scrolls."""
    workload = workload_of(comparison.plan)
    words = told(workload)
    st.html(
        _table(comparison, quality_columns(workload), words.quality)
        + _table(comparison, cost_columns(workload), words.cost)
    )
    if st.toggle("Show every figure, with source and note", key="compare every"):
        st.html(_every(comparison))


def _table(comparison: Comparison, columns: Sequence[tuple[str, str]], caption: str) -> str:
    records = [r for r in comparison.records if r]
    head = "".join(
        f"<th class='r' scope='col'>{f.text(name)}<br><span class='vb-note'>{_origin(records, k)}</span></th>"
        for k, name in columns
    )
    rows = "".join(
        f"<tr><th scope='row' class='vb-nowrap'><b>{f.text(cell.label)}</b></th>{_cells(record, columns)}</tr>"
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
    )
    return (
        f"<div class='vb vb-scroll' tabindex='0' role='region' aria-label='{f.text(caption)}'>"
        f"<table class='vb-table vb-figures'><caption>{f.text(caption)} Below each figure its 95% interval.</caption>"
        f"<thead><tr><th scope='col'>Run</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _origin(records: Sequence[Record], key: str) -> str:
    """Where a column's figures come from, once for each way that occurs."""
    found = [m for r in records if (m := metric_of(r, key)) is not None]
    return f.text(" or ".join(dict.fromkeys(_source(m) for m in found))) or "–"


def _source(metric: Record) -> str:
    unit = _UNITS.get(metric["unit"], metric["unit"])
    return ", ".join(filter(None, (unit, metric["source"], "simulated" if metric["simulated"] else "")))


def _cells(record: Record | None, columns: Sequence[tuple[str, str]]) -> str:
    if record is None:
        return f"<td colspan='{len(columns)}' class='vb-dim'>not run yet</td>"
    if record["failure"]:
        return f"<td colspan='{len(columns)}'><span class='vb-flag'>⚠ Failed:</span> {f.text(record['failure'])}</td>"
    return "".join(_cell(metric_of(record, key)) for key, _ in columns)


def _cell(metric: Record | None) -> str:
    if metric is None or metric["value"] is None:
        why = metric["note"] if metric else "not measured"
        return f"<td class='r' title='{f.text(why)}'>none</td>"
    within = interval(metric["low"], metric["high"], metric["unit"])
    small = f"<br><span class='vb-note'>{f.text(within)}</span>" if within else ""
    return f"<td class='r'>{f.text(written(metric['value'], metric['unit']))}{small}</td>"


def _every(comparison: Comparison) -> str:
    bodies = ""
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        rows = "".join(_row(m) for m in record["metrics"]) if record else ""
        empty = f"<tr><td colspan='{len(_HEAD)}' class='vb-dim'>no figures</td></tr>"
        head = f"<tr><th scope='rowgroup' colspan='{len(_HEAD)}'><b>{f.text(cell.label)}</b></th></tr>"
        bodies += f"<tbody>{head}{rows or empty}</tbody>"
    head = "".join(f"<th scope='col'{' class=r' if n in _HEAD[1:5] else ''}>{n}</th>" for n in _HEAD)
    return (
        "<div class='vb vb-scroll vb-tall' tabindex='0' role='region' aria-label='Every figure'>"
        f"<table class='vb-table'><thead><tr>{head}</tr></thead>{bodies}</table></div>"
    )


def _row(m: Record) -> str:
    unit = m["unit"]
    value = "none" if m["value"] is None else written(m["value"], unit)
    chance = m.get("chance")
    right = (
        value, interval(m["low"], m["high"], unit), "–" if m["n"] is None else m["n"],
        "–" if chance is None else number(chance),
    )  # fmt: skip
    left = (_UNITS.get(unit, unit), m["source"] + (", simulated" if m["simulated"] else ""), m["note"])
    cells = "".join(f"<td class='r'>{f.text(v)}</td>" for v in right) + "".join(f"<td>{f.text(v)}</td>" for v in left)
    return f"<tr><th scope='row' class='vb-nowrap'>{f.text(name_of(m['key']))}</th>{cells}</tr>"
