"""A comparison as one HTML file: no script, nothing loaded from anywhere, both themes, and fit for paper."""

from collections.abc import Mapping, Sequence
from typing import Any

from privacy.compare.plan import Comparison
from privacy.export.document import shared
from privacy.export.link import to_query
from privacy.export.promises import guarantees
from privacy.export.sections import distinct, metrics, overview, plots
from privacy.export.style import CSS
from privacy.export.told import settings_of, told, workload_of
from privacy.plots.svg import escape
from workloads.fyp.verdict import FAILED_ATTACK

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"


def to_html(comparison: Comparison, *, written: str = "") -> str:
    """The report as text. `written` is when, in words. Every text of a record is escaped: its author may be anyone."""
    title = _title(comparison)
    sections = (
        ("Privacy, utility and cost", plots(comparison)),
        ("Main figures", overview(comparison)),
        ("What is promised, to whom", guarantees(comparison)),
        ("All figures", metrics(comparison)),
        ("How to reproduce it", _settings(comparison, written)),
        ("Notes", _notes(comparison)),
    )
    body = "".join(f"<section><h2>{name}</h2>{text}</section>" for name, text in sections)
    return (
        "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        "<meta name='color-scheme' content='light dark'><meta name='referrer' content='no-referrer'>"
        f"<title>{escape(title)}</title><style>{CSS}</style></head><body><main>"
        f"<p class='eyebrow'>Veilbench comparison <code>{escape(comparison.plan.id)}</code></p><h1>{escape(title)}</h1>"
        f"<p class='dim'>{escape(_subtitle(comparison))}</p>"
        f"<p class='call'>{escape(FAILED_ATTACK)}</p>{_failures(comparison)}{body}</main></body></html>\n"
    )


def _title(comparison: Comparison) -> str:
    stacks = comparison.plan.stacks
    names = ", ".join(stacks[:-1]) + (" and " if stacks[1:] else "") + stacks[-1]
    return f"{comparison.plan.base.workload} under {names}"


def _subtitle(comparison: Comparison) -> str:
    plan = comparison.plan
    values = f", {plan.sweep} from {min(plan.values):g} to {max(plan.values):g}" if plan.values else ""
    done = "" if comparison.done == len(comparison.cells) else f", {comparison.done} of them done"
    return f"{len(comparison.cells)} runs{done}{values}; {told(workload_of(plan)).over(plan)}."


def _failures(comparison: Comparison) -> str:
    rows = [
        f"<p class='call bad'>{escape(cell.label)} failed: {escape(record['failure'])}</p>"
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
        if record and record["failure"]
    ]
    return "".join(rows)


def _settings(comparison: Comparison, written: str) -> str:
    plan, records = comparison.plan, [r for r in comparison.records if r]
    base = shared(plan)["base"]
    entries: list[tuple[str, str]] = [("Workload", plan.base.workload), ("Stacks", ", ".join(plan.stacks))]
    if plan.sweep:
        entries.append(("Sweep", f"{plan.sweep} = {', '.join(f'{v:g}' for v in plan.values)}"))
    entries += [(k.replace("_", " ").capitalize(), v) for k, v in settings_of(plan)]
    entries += [("Data", base["data"] or "the generated catalogue that ships")]
    entries += [("Column map", base["mapping"])] if base.get("mapping") else []
    entries += [(f"Parameters of {label}", _flat(params)) for label, params in _params(comparison)]
    entries += [("Data hash", value) for value in distinct(records, "data_hash")]
    entries += [("Versions", _flat(value)) for value in distinct(records, "versions")]
    entries += [("Machine", _flat(value)) for value in distinct(records, "machine")]
    entries += [("Record schema", str(value)) for value in distinct(records, "schema")]
    entries += [("Report written", written)] if written else []
    rows = "".join(f"<dt>{escape(k)}</dt><dd>{escape(v)}</dd>" for k, v in entries)
    link = f"<dt>Link</dt><dd><code>?{escape(to_query(plan))}</code></dd>"
    return (
        "<p>The same settings, data and code give the same figures, but for times and for the noise and keys that come "
        f"from the operating system. The link goes behind the address of the Compare page.</p><dl>{rows}{link}</dl>"
    )


def _params(comparison: Comparison) -> list[tuple[str, Mapping[str, Any]]]:
    """The parameters of each stack, but for the swept one."""
    found: dict[str, Mapping[str, Any]] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        if record and record["params"]:
            fixed = {k: v for k, v in record["params"].items() if k != comparison.plan.sweep}
            found.setdefault(cell.request.stack, fixed)
    return [(stack, params) for stack, params in found.items() if params]


def _flat(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in values.items())


def _notes(comparison: Comparison) -> str:
    records: Sequence[Mapping[str, Any]] = [r for r in comparison.records if r]
    notes = dict.fromkeys(note for r in records for note in r["notes"])
    rows = "".join(f"<li>{escape(note)}</li>" for note in notes)
    return f"<ul>{rows}<li>{escape(FAILED_ATTACK)}</li></ul>"
