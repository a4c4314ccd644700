"""`veilbench run`: one workload under one stack, as a run record."""

import argparse
import contextlib
import sys
from typing import Any

from privacy import lab
from privacy.commands.progress import Bar
from privacy.errors import ParamError
from privacy.results import Metric, RunRecord
from privacy.transports.spawned import Spawned
from privacy.workloads.request import OWN, RunRequest


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("run", parents=[shared], help="run a workload under a stack and print its run record")
    one.add_argument("workload", help="fyp")
    one.add_argument("--stack", default="plain", help="a carrier such as plain, local or he (default: plain)")
    one.add_argument("--user", default="ada", help="the simulated persona whose feed is shown (default: ada)")
    one.add_argument("--data", metavar="PATH", help="a CSV, or a MovieLens folder (default: the generated profiles)")
    one.add_argument("--map", metavar="PATH", help="a TOML file that says what the columns of --data mean")
    one.add_argument("--items", type=int, metavar="N", help="use the first N rows")
    one.add_argument("--dims", type=int, default=64, metavar="D", help="length of a taste vector (default: 64)")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="drives data, histories and attacks (default: 0)")
    one.add_argument(
        "--cohort",
        type=int,
        default=200,
        metavar="N",
        help="held-out simulated people; as many are the attacker's panel",
    )
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the stack; repeatable")
    one.add_argument(
        "--isolated", action="store_true", help="seat the shown request's servers in processes of their own"
    )
    one.set_defaults(call=call)


def params(pairs: list[str]) -> dict[str, str]:
    """`k=v` pairs as a mapping; ParamError for one that is not a pair or is given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key or not value:
            raise ParamError(f"--param {pair} is not a pair", then="write it as --param name=value")
        if key in found:
            raise ParamError(f"--param {key} is given twice", then="give it once")
        found[key] = value
    return found


def call(options: argparse.Namespace) -> int:
    """Run and print: a table, or the record as JSON."""
    if options.user == OWN:
        raise ParamError("a taste of your own lives on the page", then="choose a persona here")
    request = RunRequest(
        stack=options.stack, workload=options.workload, params=params(options.param), seed=options.seed,
        user=options.user, data=options.data, items=options.items, dims=options.dims, cohort=options.cohort,
        mapping=options.map,
    )  # fmt: skip
    with Spawned() if options.isolated else contextlib.nullcontext() as servers:
        record = lab.run(request, progress=Bar(), transports={"server": servers} if servers else None)
    if options.json:
        print(record.as_json())
    else:
        _print(record)
    if record.failure:
        print(f"veilbench: {record.failure}", file=sys.stderr)
    return 1 if record.failure else 0


def _print(record: RunRecord) -> None:
    print(f"{record.workload} under {record.stack}, seed {record.seed}, data {record.data_hash[:12]}")
    for t in record.guarantee.towards:
        print(f"  towards the {t.observer}: {t.strength.name.lower().replace('_', ' ')}. {t.statement}")
    for sentence in record.fallbacks.values():
        print(f"  {sentence}")
    for note in record.notes:
        print(f"  {note}")
    for m in record.metrics:
        print(f"  {m.key:<36} {_figure(m):<34} {m.source}{', simulated people' if m.simulated else ''}")
    print("  A failed attack is no guarantee.")


def _figure(m: Metric) -> str:
    if m.value is None:
        return f"none: {m.note}"
    interval = f" [{m.low:.4g}, {m.high:.4g}]" if m.low is not None and m.high is not None else ""
    return f"{m.value:.6g}{interval} {m.unit}"
