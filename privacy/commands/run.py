"""`veilbench run`: one workload under one stack, as a run record."""

import argparse
import contextlib
import dataclasses
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from privacy import lab
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.errors import ParamError
from privacy.request import OWN, RunRequest
from privacy.results import Metric, RunRecord
from privacy.services.servers import placed, servers_with_file
from privacy.transports.base import Transport
from privacy.transports.spawned import Spawned

_FYP_ONLY = {"user": "ada", "map": None, "dims": 64, "cohort": 200}


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("run", parents=[shared], help="run a workload under a stack and print its run record")
    one.add_argument("workload", help=" or ".join(lab.WORKLOADS))
    one.add_argument("--stack", default="plain", help="a carrier such as plain, local or he (default: plain)")
    add_options(one)
    one.add_argument("--user", default="ada", help="fyp: the simulated persona whose feed is shown (default: ada)")
    one.add_argument(
        "--data", metavar="PATH", help="a CSV, or for fyp a MovieLens folder (default: the generated profiles)"
    )
    one.add_argument("--map", metavar="PATH", help="fyp: a TOML file that says what the columns of --data mean")
    one.add_argument("--items", type=int, metavar="N", help="use the first N rows")
    one.add_argument("--dims", type=int, default=64, metavar="D", help="fyp: length of a taste vector (default: 64)")
    one.add_argument("--seed", type=int, default=0, metavar="S", help="drives data, histories and attacks (default: 0)")
    one.add_argument(
        "--cohort",
        type=int,
        default=200,
        metavar="N",
        help="fyp: held-out simulated people; as many are the attacker's panel",
    )
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the stack; repeatable")
    one.add_argument(
        "--isolated", action="store_true", help="seat the shown request's servers in processes of their own"
    )
    add_servers(one)
    one.set_defaults(call=call)


def add_options(one: argparse.ArgumentParser) -> None:
    """Declare the workload's own settings."""
    names = ", ".join(f.name for f in dataclasses.fields(lab.WORKLOADS["tally"].options))
    one.add_argument(
        "--option", action="append", default=[], metavar="K=V", help=f"a setting of tally: {names}; repeatable"
    )


def add_servers(one: argparse.ArgumentParser) -> None:
    """Declare the options that seat computing parties on other machines."""
    one.add_argument(
        "--servers", metavar="URL[,URL]", help="seat computing parties on machines started with veilbench serve --role"
    )
    one.add_argument(
        "--token-file", metavar="PATH", help="the servers' token, or one line for each (default: VEILBENCH_TOKEN)"
    )


@contextlib.contextmanager
def elsewhere(options: argparse.Namespace) -> Iterator[Mapping[str, Transport] | None]:
    """Where the computing parties of a run live: None for in this process."""
    if options.servers and getattr(options, "isolated", False):
        raise ParamError("--isolated and --servers both say where the servers live", then="give one of them")
    if options.token_file and not options.servers:
        raise ParamError("--token-file is for --servers", then="name the servers, or leave it out")
    if options.servers:
        with placed(servers_with_file(options.servers, options.token_file)) as transports:
            yield transports
        _tell_placed(transports or {})
    elif getattr(options, "isolated", False):
        with Spawned() as spawned:
            yield dict.fromkeys(("server", "aggregator", "collector"), spawned)
    else:
        yield None


def _tell_placed(transports: Mapping[str, Transport]) -> None:
    """Say what became of the servers that were named."""
    from privacy.transports.http import NOTE, Http

    used = any(isinstance(one, Http) and one.placed for one in transports.values())
    print(f"veilbench: {NOTE if used else 'No party of this run has the role of a server named.'}", file=sys.stderr)


def params(pairs: list[str], *, flag: str = "--param") -> dict[str, str]:
    """`k=v` pairs as a mapping; ParamError for one that is not a pair or is given twice."""
    found: dict[str, str] = {}
    for pair in pairs:
        key, sign, value = pair.partition("=")
        if not sign or not key or not value:
            raise ParamError(f"{flag} {pair} is not a pair", then=f"write it as {flag} name=value")
        if key in found:
            raise ParamError(f"{flag} {key} is given twice", then="give it once")
        found[key] = value
    return found


def check_flags(options: argparse.Namespace) -> None:
    """ParamError for a flag of another workload: it would be left out without a word."""
    for name, usual in _FYP_ONLY.items():
        if options.workload != "fyp" and getattr(options, name, usual) != usual:
            raise ParamError(f"--{name} is for fyp", then=f"leave it out; --option sets what {options.workload} has")


def call(options: argparse.Namespace) -> int:
    """Run and print: a table, or the record as JSON."""
    if options.user == OWN:
        raise ParamError("a taste of your own lives on the page", then="choose a persona here")
    check_flags(options)
    request = RunRequest(
        stack=options.stack, workload=options.workload, params=params(options.param), seed=options.seed,
        user=options.user, data=options.data, items=options.items, dims=options.dims, cohort=options.cohort,
        mapping=options.map, options=params(options.option, flag="--option"),
    )  # fmt: skip
    with elsewhere(options) as transports:
        record = lab.run(request, progress=Bar(), transports=transports)
    if options.json:
        emit(record.as_json())
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
    who = lab.WORKLOADS[record.workload].simulated
    for m in record.metrics:
        print(f"  {m.key:<36} {_figure(m):<34} {m.source}{f', simulated {who}' if m.simulated else ''}")
    print("  A failed attack is no guarantee.")


def _figure(m: Metric) -> str:
    if m.value is None:
        return f"none: {m.note}"
    interval = f" [{m.low:.4g}, {m.high:.4g}]" if m.low is not None and m.high is not None else ""
    return f"{m.value:.6g}{interval} {m.unit}"
