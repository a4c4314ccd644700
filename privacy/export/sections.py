"""The sections of the report that are made of figures: the overview, the plots, and every metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from privacy.compare.plan import Comparison
from privacy.export.drawn import drawn
from privacy.export.told import Columns, cost_columns, quality_columns, told, workload_of
from privacy.plots.svg import escape
from privacy.plots.words import interval, name_of, number, written

Record = Mapping[str, Any]


def metric_of(record: Record, key: str) -> Record | None:
    """A metric of a record, None if it has none of that name."""
    return next((m for m in record["metrics"] if m["key"] == key), None)


def overview(comparison: Comparison) -> str:
    """One row for each cell: a table of accuracy and attack, and one of cost."""
    workload = workload_of(comparison.plan)
    words = told(workload)
    return _table(comparison, quality_columns(workload), f"{words.quality} 95% intervals below.") + _table(
        comparison, cost_columns(workload), f"{words.cost} 95% intervals below."
    )


def _table(comparison: Comparison, columns: Columns, caption: str) -> str:
    head = "".join(f"<th scope='col' class='r'>{escape(name)}</th>" for _, name in columns)
    rows = "".join(
        f"<tr><th scope='row'>{escape(cell.label)}</th>{_cells(record, columns)}</tr>"
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
    )
    return (
        f"<div class='scroll'><table><caption>{caption}</caption><thead><tr><th scope='col'>Cell</th>{head}</tr>"
        f"</thead><tbody>{rows}</tbody></table></div>"
    )


def _cells(record: Record | None, columns: Columns) -> str:
    if record is None:
        return f"<td colspan='{len(columns)}'>not run yet</td>"
    if record["failure"]:
        return f"<td colspan='{len(columns)}'>Failed: {escape(record['failure'])}</td>"
    cells = []
    for key, _ in columns:
        metric = metric_of(record, key)
        if metric is None or metric["value"] is None:
            why = escape(metric["note"]) if metric else "not measured"
            cells.append(f"<td class='r'><span title='{why}'>none</span></td>")
            continue
        within = interval(metric["low"], metric["high"], metric["unit"])
        small = f"<small>{within}</small>" if within else ""
        cells.append(f"<td class='r'>{written(metric['value'], metric['unit'])}{small}</td>")
    return "".join(cells)


def plots(comparison: Comparison) -> str:
    """Privacy against utility for each attack that is drawn, the sweep if there is one, and cost."""
    return "".join(
        f"<figure>{one.svg}<figcaption><b>{escape(one.title)}.</b> {escape(one.caption)}</figcaption></figure>"
        for one in drawn(comparison)
    )


def metrics(comparison: Comparison) -> str:
    """Every metric of every cell, with its source."""
    bodies = []
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        rows = "".join(_metric(m) for m in record["metrics"]) if record else ""
        empty = "not run yet" if record is None else f"failed: {record['failure']}" if record["failure"] else ""
        if not rows:
            rows = f"<tr><td colspan='7'>{escape(empty or 'no figures')}</td></tr>"
        bodies.append(f"<tbody><tr><th scope='rowgroup' colspan='7'>{escape(cell.label)}</th></tr>{rows}</tbody>")
    head = "".join(
        f"<th scope='col'{kind}>{name}</th>"
        for name, kind in (
            ("Figure", ""), ("Value", " class='r'"), ("95% interval", " class='r'"), ("n", " class='r'"),
            ("Chance", " class='r'"), ("Source", ""), ("Note", ""),
        )
    )  # fmt: skip
    return (
        "<div class='scroll'><table class='all'>"
        "<caption>Every metric of every cell. Chance is what a random answer scores on average; simulated says "
        "that the people were.</caption>"
        f"<thead><tr>{head}</tr></thead>{''.join(bodies)}</table></div>"
    )


def _metric(m: Record) -> str:
    unit = m["unit"]
    value = "none" if m["value"] is None else written(m["value"], unit)
    chance = m.get("chance")
    source = f"{m['source']}, simulated" if m["simulated"] else m["source"]
    cells = (
        (value, "r"), (interval(m["low"], m["high"], unit), "r"), ("" if m["n"] is None else str(m["n"]), "r"),
        ("" if chance is None else number(chance), "r"), (source, "source"), (m["note"], "note"),
    )  # fmt: skip
    body = "".join(f"<td class='{kind}'>{escape(text)}</td>" for text, kind in cells)
    return f"<tr><th scope='row'>{escape(_title(m['key']))}</th>{body}</tr>"


def _title(key: str) -> str:
    kinds = {"bytes": "bytes, ", "seconds": "time, "}
    kind = next((word for part, word in kinds.items() if part in key.split("_")), "")
    return kind + name_of(key)


def distinct(records: Sequence[Record], key: str) -> list[Any]:
    """The different values of `key`, in order."""
    found: list[Any] = []
    for record in records:
        if record[key] not in found:
            found.append(record[key])
    return found
