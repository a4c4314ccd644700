"""`veilbench compare`: one workload under many stacks and the values of one parameter, as a table or a report."""

import argparse
import json
import sys
import time
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from privacy.answers import bar, lines_of
from privacy.answers import written as exact
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.settings import add_settings, request_of
from privacy.compare.book import Comparisons, run_id
from privacy.compare.plan import COLUMN, Comparison, Plan, parse_sweep
from privacy.compare.run import kept, run_plan
from privacy.errors import DataError, ParamError, StateError
from privacy.export import document, to_csv, to_html
from privacy.figures import Figure
from privacy.jobs.book import JobBook
from privacy.plots.words import interval, written
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.services.runs import RunShelf
from privacy.stacks import code_of, options_of, spec_of
from privacy.words import FAILED_ATTACK


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser(
        "compare",
        parents=[shared],
        help="run a workload under several stacks and compare the records; it can be resumed",
    )
    add_settings(one)
    one.add_argument("--stacks", required=True, metavar="A,B", help="stacks such as plain,local,he,dp,dp+he")
    one.add_argument("--sweep", metavar="K=V,V", help="values of one parameter, such as epsilon=0.25,0.5,1,2,4,8,16")
    one.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="for each stack that has it; repeatable"
    )
    one.add_argument(
        "--columns", metavar="all|A,B|FILE",
        help="run every stack on each of these columns, which share one budget; a TOML file has a table of options for "
        "each column",
    )  # fmt: skip
    one.add_argument("--csv", metavar="PATH", help="write the figures as CSV")
    one.add_argument("--html", metavar="PATH", help="write a self-contained HTML report")
    one.add_argument("--fresh", action="store_true", help="run every cell, even those with a saved record")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run what has not run yet; then print a table or JSON, and write what was asked for."""
    registry = discover()
    plan = _plan(options, registry)
    plan.cells(registry)
    for path in filter(None, (options.csv, options.html)):
        _check_folder(path)
    try:
        # Kept by its id, so that the page lists what was compared here.
        if not plan.columns:
            Comparisons(JobBook()).save(plan)
        comparison = run_plan(plan, registry, Bar(), fresh=options.fresh)
    except KeyboardInterrupt:
        print(f"veilbench: {_so_far(plan, registry)}", file=sys.stderr)
        raise
    if options.csv:
        _write(options.csv, to_csv(comparison))
    if options.html:
        spec = spec_of(plan.base, registry)
        _write(options.html, to_html(comparison, spec, written=time.strftime("%Y-%m-%d %H:%M %z")))
    if options.json:
        emit(json.dumps(document(comparison), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(table(comparison, registry))
    failures = [f"{c.label}: {r['failure']}" for c, r in zip(comparison.cells, comparison.records, strict=True)
                if r and r["failure"]]  # fmt: skip
    for failure in failures:
        print(f"veilbench: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _plan(options: argparse.Namespace, registry: Registry) -> Plan:
    stacks = tuple(s.strip() for s in options.stacks.split(",") if s.strip())
    sweep = parse_sweep(options.sweep) if options.sweep else ("", ())
    base = request_of(options, registry)
    return Plan(base, stacks, *sweep, columns=_columns(options.columns, base, registry) if options.columns else ())


def _columns(text: str, base: RunRequest, registry: Registry) -> tuple[tuple[str, dict[str, Any]], ...]:
    """The columns that were named, or all of them, each with its own options."""
    spec = spec_of(base, registry)
    if COLUMN not in base.options:
        raise ParamError(f"{spec.id} has no column to choose", then="leave out --columns")
    if text.endswith(".toml"):
        try:
            found = tomllib.loads(Path(text).expanduser().read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise DataError(f"the columns cannot be read: {error}", where=text, then="give a TOML file") from None
        return tuple((name, dict(own) if isinstance(own, dict) else {}) for name, own in found.items())
    names = [c.strip() for c in text.split(",") if c.strip()]
    if text == "all":
        offered = code_of(spec).choices(base, options_of(base, registry))[COLUMN]
        names = [name for name in offered if name]
    return tuple((name, {}) for name in names)


def _check_folder(path: str) -> None:
    """Refuse a place that cannot be written before anything is run for it."""
    if Path(path).is_dir() or not Path(path).absolute().parent.is_dir():
        raise StateError(f"{path} cannot be written", then="name a file in a folder that exists")


def _write(path: str, text: str) -> None:
    try:
        # A CSV brings its own line ends.
        Path(path).write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise StateError(f"{path} cannot be written: {error.strerror}", then="name another file") from error
    print(f"veilbench: wrote {path}", file=sys.stderr)


def _so_far(plan: Plan, registry: Registry) -> str:
    cells, shelf = plan.cells(registry), RunShelf()
    done = sum(kept(shelf, run_id(cell, registry)) is not None for cell in cells)
    return f"{done} of {len(cells)} runs are kept; the same command runs the rest."


def table(comparison: Comparison, registry: Registry) -> str:
    """The comparison to read on a terminal: quality and attacks, then cost; intervals in brackets."""
    plan = comparison.plan
    spec = spec_of(plan.base, registry)
    hashes = sorted({r["data_hash"][:12] for r in comparison.records if r})
    lines = [f"{spec.id}, seed {plan.base.seed}, data {' '.join(hashes)}, comparison {plan.id}"]
    if plan.columns:
        return "\n".join([*lines, *_by_column(comparison), "", FAILED_ATTACK])
    lines += answers(comparison)
    for figures in ([f for f in spec.figures if f.role in ("quality", "leak")],
                    [f for f in spec.figures if f.role == "cost"]):  # fmt: skip
        rows = [("", *(f.key for f in figures))] + [
            (cell.label, *_figures(record, figures))
            for cell, record in zip(comparison.cells, comparison.records, strict=True)
        ]
        widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(figures) + 1)]
        lines += ["", *("  ".join(f"{v:<{w}}" for v, w in zip(row, widths, strict=False)).rstrip() for row in rows)]
    simulated = f"Accuracy and attacks are measured over simulated {spec.people}; intervals are 95%."
    return "\n".join([*lines, "", f"{simulated} {FAILED_ATTACK}"])


def _by_column(comparison: Comparison) -> list[str]:
    """The answers column by column, and why a column has none."""
    lines = []
    for name, _ in comparison.plan.columns:
        here = [i for i, cell in enumerate(comparison.cells) if cell.column == name]
        cells = [replace(comparison.cells[i], column="") for i in here]
        kinds = {str(r["settings"].get("kind", "")) for i in here if (r := comparison.records[i])}
        lines += ["", f"{name} ({', '.join(sorted(kinds))})" if kinds else name]
        lines += answers(Comparison(comparison.plan, cells, [comparison.records[i] for i in here]))[1:]
        refusals = [(c, comparison.refused.get(comparison.cells[i].label)) for i, c in zip(here, cells, strict=True)]
        lines += [f"  {c.label}: {why}" for c, why in refusals if why]
    if comparison.refused:
        lines += ["", "To set options for each column, write a file with a table for each: --columns FILE.toml."]
    shares = {c.request.params["epsilon"] for c in comparison.cells if "epsilon" in c.request.params}
    if shares:
        count = len(comparison.plan.columns)
        lines += ["", f"One budget for {count} columns: epsilon {min(shares):.3g} for each."]
    return lines


def answers(comparison: Comparison) -> list[str]:
    """The answer of each run, label by label, with its interval, and the truth of the whole file."""
    found = [
        (cell.label, lines_of(record["settings"]))
        for cell, record in zip(comparison.cells, comparison.records, strict=True)
        if record
    ]
    labels = list(dict.fromkeys(line.label for _, lines in found for line in lines))
    if not any(line.truth is not None for _, lines in found for line in lines):
        return []
    rows = [("answer", *(label for label, _ in found), "truth")]
    for label in labels:
        mine = [next((line for line in lines if line.label == label), None) for _, lines in found]
        truth = next((line.truth for line in mine if line and line.truth is not None), None)
        rows.append((label, *(f"{exact(m.value)} {bar(m)}".strip() if m else "-" for m in mine), exact(truth)))
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    return ["", *("  ".join(f"{v:<{w}}" for v, w in zip(row, widths, strict=True)).rstrip() for row in rows)]


def _figures(record: dict[str, Any] | None, figures: list[Figure]) -> list[str]:
    found = {m["key"]: m for m in record["metrics"]} if record else {}
    return [_figure(found.get(f.key)) for f in figures]


def _figure(metric: dict[str, Any] | None) -> str:
    if metric is None:
        return "-"
    if metric["value"] is None:
        return "none"
    unit = metric["unit"]
    return f"{written(metric['value'], unit)} {interval(metric['low'], metric['high'], unit)}".strip()
