"""The sections of the report that are made of figures: the overview, the plots, and every metric."""

from collections.abc import Mapping, Sequence
from typing import Any

from privacy.comparison import Comparison
from privacy.plots import bounds_of, costs, sweep, tradeoff
from privacy.plots.svg import escape
from privacy.plots.words import interval, name_of, number, written

Record = Mapping[str, Any]
Columns = Sequence[tuple[str, str]]

QUALITY = (
    ("top10_overlap", "Top-10 overlap"),
    ("ndcg_at_10", "nDCG at 10"),
    ("recall_at_10", "Recall at 10"),
    ("attribute_advantage_scoring", "Attack, scoring alone"),
    ("attribute_advantage", "Attack, whole view"),
)
COST = (
    ("client_seconds", "Device"),
    ("server_seconds", "Servers"),
    ("setup_seconds", "Setup"),
    ("bytes_up", "Up"),
    ("bytes_down", "Down"),
    ("bytes_setup", "Setup bytes"),
)


def metric_of(record: Record, key: str) -> Record | None:
    """A metric of a record, None if it has none of that name."""
    return next((m for m in record["metrics"] if m["key"] == key), None)


def overview(comparison: Comparison) -> str:
    """One row for each cell: a table of accuracy and attack, and one of cost."""
    quality = (
        "Accuracy and attack, over simulated people; 95% intervals below. Attack: the advantage over guessing in "
        "telling a sensitive attribute, where 0 is guessing and 1 is certainty."
    )
    cost = "Cost of one request: median times with 95% intervals, and bytes; setup comes once, before the first."
    return _table(comparison, QUALITY, quality) + _table(comparison, COST, cost)


def _table(comparison: Comparison, columns: Columns, caption: str) -> str:
    head = "".join(f"<th scope='col' class='r'>{name}</th>" for _, name in columns)
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
    """Privacy against utility for both views, the sweep if there is one, and cost."""
    rows = comparison.rows()
    parts = [
        _figure(
            tradeoff(rows, attack="attribute_advantage"),
            "<b>Privacy against utility, whole view.</b> Up is a better feed, left is less learnt. The attacker reads "
            "everything that one server received: the scoring step and the fetch.",
        ),
        _figure(
            tradeoff(rows, attack="attribute_advantage_scoring"),
            "<b>The scoring step alone.</b> What the same attacker learns if it does not see which items are fetched.",
        ),
    ]
    plan = comparison.plan
    if plan.sweep:
        parts.append(
            _figure(
                sweep(rows, bounds_of(comparison), parameter=plan.sweep),
                f"<b>By {escape(plan.sweep)}.</b> An axis holds one unit of privacy only: a value of epsilon says "
                "nothing without what it counts for.",
            )
        )
    parts.append(
        _figure(costs(rows), "<b>Cost.</b> Logarithmic axes; bars are 95% intervals of medians over many requests.")
    )
    return "".join(parts)


def _figure(svg: str, caption: str) -> str:
    return f"<figure>{svg}<figcaption>{caption}</figcaption></figure>"


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
        "<caption>Every metric of every cell. Chance is what a random feed scores on average; simulated says that the "
        "people were.</caption>"
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
