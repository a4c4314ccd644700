"""A comparison as one HTML file: no script, nothing loaded from anywhere, both themes, and fit for paper."""

import functools
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.compare.plan import Comparison, Plan
from privacy.export.charts import charts
from privacy.export.document import shared
from privacy.export.link import to_query
from privacy.export.picture import picture
from privacy.export.promises import bounds, promises
from privacy.export.tables import code, every, tables
from privacy.plots.words import clean
from privacy.spec import WorkloadSpec
from privacy.words import FAILED_ATTACK

if TYPE_CHECKING:
    from jinja2 import Template

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'"


def to_html(comparison: Comparison, spec: WorkloadSpec, *, written: str = "") -> str:
    """The report as text. `written` is when, in words. Every text of a record is escaped: its author may be anyone."""
    records = [r for r in comparison.records if r]
    return _template().render(
        policy=_POLICY, plan=comparison.plan, title=_title(comparison), subtitle=_subtitle(comparison, spec),
        caveat=FAILED_ATTACK, pictures=[picture(chart) for chart in charts(comparison, spec)],
        tables=tables(comparison, spec),
        promises=promises(comparison), bounds=bounds(comparison), every=every(comparison, spec),
        settings=_settings(comparison, written), code=code(comparison), link=to_query(comparison.plan),
        notes=list(dict.fromkeys(note for r in records for note in r["notes"])),
        failures=[
            (cell.label, record["failure"])
            for cell, record in zip(comparison.cells, comparison.records, strict=True)
            if record and record["failure"]
        ],
    )  # fmt: skip


@functools.cache
def _template() -> "Template":
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, finalize=_text
    ).get_template("report.html.j2")


def _text(value: Any) -> Any:
    """A value as it may stand on the page: of a plain text, no character that HTML forbids or that turns its order."""
    return clean(value) if type(value) is str else value


def _title(comparison: Comparison) -> str:
    stacks = comparison.plan.stacks
    names = ", ".join(stacks[:-1]) + (" and " if stacks[1:] else "") + stacks[-1]
    return f"{comparison.plan.base.workload} under {names}"


def _subtitle(comparison: Comparison, spec: WorkloadSpec) -> str:
    plan = comparison.plan
    values = f", {plan.sweep} from {min(plan.values):g} to {max(plan.values):g}" if plan.values else ""
    done = "" if comparison.done == len(comparison.cells) else f", {comparison.done} of them done"
    about = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings_of(plan))
    return f"{len(comparison.cells)} runs{done}{values}; simulated {spec.people}; {about}."


def settings_of(plan: Plan) -> list[tuple[str, str]]:
    """The workload's settings of a plan by name."""
    options = ((name, f"{value}" or "from the data") for name, value in plan.base.options.items())
    return [("seed", str(plan.base.seed)), *options]


def _settings(comparison: Comparison, written: str) -> list[tuple[str, str]]:
    plan, records = comparison.plan, [r for r in comparison.records if r]
    base = shared(plan)["base"]
    entries: list[tuple[str, str]] = [("Workload", plan.base.workload), ("Stacks", ", ".join(plan.stacks))]
    if plan.sweep:
        entries.append(("Sweep", f"{plan.sweep} = {', '.join(f'{v:g}' for v in plan.values)}"))
    entries += [(k.replace("_", " ").capitalize(), v) for k, v in settings_of(plan)]
    entries += [("Data", base["data"] or "the generated data that ships")]
    entries += [("Column map", base["mapping"])] if base.get("mapping") else []
    entries += [(f"Parameters of {label}", _flat(params)) for label, params in _params(comparison).items() if params]
    entries += [("Data hash", value) for value in dict.fromkeys(r["data_hash"] for r in records)]
    for name in ("versions", "machine"):
        entries += [(name.capitalize(), text) for text in dict.fromkeys(_flat(r[name]) for r in records)]
    entries += [("Record schema", str(value)) for value in dict.fromkeys(r["schema"] for r in records)]
    return [*entries, ("Report written", written)] if written else entries


def _params(comparison: Comparison) -> dict[str, Mapping[str, Any]]:
    """The parameters of each stack, but for the swept one."""
    found: dict[str, Mapping[str, Any]] = {}
    for cell, record in zip(comparison.cells, comparison.records, strict=True):
        if record and record["params"]:
            fixed = {k: v for k, v in record["params"].items() if k != comparison.plan.sweep}
            found.setdefault(cell.request.stack, fixed)
    return found


def _flat(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{k} {v}" for k, v in values.items())
