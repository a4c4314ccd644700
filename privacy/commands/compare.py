"""`veilbench compare`: one workload under many stacks and the values of one parameter, as a table or a report."""

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.run import add_options, check_flags, params
from privacy.compare.book import Comparisons, run_id
from privacy.compare.plan import Comparison, Plan, parse_sweep
from privacy.compare.worker import kept, run_plan
from privacy.errors import ParamError, StateError
from privacy.export import document, to_csv, to_html
from privacy.plots.words import interval, written
from privacy.registry import Registry, discover
from privacy.request import OWN, RunRequest
from privacy.services.runs import RunShelf
from workloads.catalogue import WORKLOADS, workload_of
from workloads.fyp.verdict import FAILED_ATTACK


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser(
        "compare", parents=[shared], help="run a workload under several stacks, resumably, and compare the records"
    )
    one.add_argument("workload", help=" or ".join(WORKLOADS))
    add_options(one)
    one.add_argument("--stacks", required=True, metavar="A,B", help="stacks such as plain,local,he,dp,dp+he")
    one.add_argument("--sweep", metavar="K=V,V", help="values of one parameter, such as epsilon=0.25,0.5,1,2,4,8,16")
    one.add_argument("--user", default="ada", help="fyp: the simulated persona whose request is shown (default: ada)")
    one.add_argument(
        "--data", metavar="PATH", help="a CSV, or for fyp a MovieLens folder (default: the generated profiles)"
    )
    one.add_argument("--map", metavar="PATH", help="fyp: a TOML file that says what the columns of --data mean")
    one.add_argument("--items", type=int, metavar="N", help="use the first N rows")
    one.add_argument("--dims", type=int, default=64, metavar="D", help="fyp: length of a taste vector (default: 64)")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="drives data, histories and attacks (default: 0)")
    one.add_argument(
        "--cohort", type=int, default=200, metavar="N", help="fyp: held-out simulated people (default: 200)"
    )
    one.add_argument(
        "--param", action="append", default=[], metavar="K=V", help="for each stack that has it; repeatable"
    )
    one.add_argument("--csv", metavar="PATH", help="write the figures as CSV")
    one.add_argument("--html", metavar="PATH", help="write a report that needs no other file")
    one.add_argument("--fresh", action="store_true", help="run every cell, also those that have a saved record")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Run what has not run yet; then print a table or JSON, and write what was asked for."""
    check_flags(options)
    plan, registry = _plan(options), discover()
    plan.cells(registry)
    for path in filter(None, (options.csv, options.html)):
        _check_folder(path)
    try:
        # Kept by its id, so that the page lists what was compared here.
        Comparisons().save(plan)
        comparison = run_plan(plan, registry, Bar(), fresh=options.fresh)
    except KeyboardInterrupt:
        print(f"veilbench: {_so_far(plan, registry)}", file=sys.stderr)
        raise
    if options.csv:
        _write(options.csv, to_csv(comparison))
    if options.html:
        _write(options.html, to_html(comparison, written=time.strftime("%Y-%m-%d %H:%M %z")))
    if options.json:
        emit(json.dumps(document(comparison), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        print(table(comparison))
    failures = [f"{c.label}: {r['failure']}" for c, r in zip(comparison.cells, comparison.records, strict=True)
                if r and r["failure"]]  # fmt: skip
    for failure in failures:
        print(f"veilbench: {failure}", file=sys.stderr)
    return 1 if failures else 0


def _plan(options: argparse.Namespace) -> Plan:
    if options.user == OWN:
        raise ParamError("a taste of your own lives on the page", then="choose a persona here")
    stacks = tuple(s.strip() for s in options.stacks.split(",") if s.strip())
    base = RunRequest(
        workload=options.workload, params=params(options.param), seed=options.seed, user=options.user,
        data=options.data, items=options.items, dims=options.dims, cohort=options.cohort, mapping=options.map,
        options=params(options.option, flag="--option"),
    )  # fmt: skip
    return Plan(base, stacks, *(parse_sweep(options.sweep) if options.sweep else ("", ())))


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
    return f"{done} of {len(cells)} runs are kept; the same command goes on from there."


def table(comparison: Comparison) -> str:
    """The comparison to read on a terminal: accuracy and attack, then cost; intervals in brackets."""
    plan = comparison.plan
    workload = workload_of(plan.base)
    hashes = sorted({r["data_hash"][:12] for r in comparison.records if r})
    lines = [f"{plan.base.workload}, seed {plan.base.seed}, data {' '.join(hashes)}, comparison {plan.id}"]
    for keys in (workload.quality, workload.cost):
        rows = [("", *keys)] + [
            (cell.label, *_figures(record, keys))
            for cell, record in zip(comparison.cells, comparison.records, strict=True)
        ]
        widths = [max(len(row[i]) for row in rows if i < len(row)) for i in range(len(keys) + 1)]
        lines += ["", *("  ".join(f"{v:<{w}}" for v, w in zip(row, widths, strict=False)).rstrip() for row in rows)]
    simulated = f"Accuracy and attacks are measured over simulated {workload.simulated}; intervals are 95%."
    return "\n".join([*lines, "", f"{simulated} {FAILED_ATTACK}"])


def _figures(record: dict[str, Any] | None, keys: tuple[str, ...]) -> list[str]:
    found = {m["key"]: m for m in record["metrics"]} if record else {}
    return [_figure(found.get(key)) for key in keys]


def _figure(metric: dict[str, Any] | None) -> str:
    if metric is None:
        return "-"
    if metric["value"] is None:
        return "none"
    unit = metric["unit"]
    return f"{written(metric['value'], unit)} {interval(metric['low'], metric['high'], unit)}".strip()
