"""`veilbench run`: one workload under one stack, as a run record."""

import argparse
import contextlib
import sys
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from privacy import lab
from privacy.answers import Line, bar, lines_of, written
from privacy.commands.chain import passphrase
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.room import add_recording
from privacy.commands.settings import add_settings, request_of
from privacy.errors import ParamError
from privacy.registry import Registry, discover
from privacy.request import RunRequest
from privacy.results import Metric, RunRecord
from privacy.services.servers import placed, servers_with_file
from privacy.transports.base import Transport
from privacy.transports.spawned import Spawned

if TYPE_CHECKING:
    from privacy.rooms.recording import Recording


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("run", parents=[shared], help="run a workload under a stack and print its run record")
    add_settings(one)
    one.add_argument("--stack", default="plain", help="a carrier such as plain, local or he (default: plain)")
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the stack; repeatable")
    one.add_argument(
        "--isolated", action="store_true", help="run the servers of the shown request in their own processes"
    )
    add_servers(one)
    add_recording(one)
    one.set_defaults(call=call)


def add_servers(one: argparse.ArgumentParser) -> None:
    """Declare the options that seat computing parties on other machines."""
    one.add_argument(
        "--servers", metavar="URL[,URL]", help="run computing parties on machines started with veilbench serve --role"
    )
    one.add_argument(
        "--token-file", metavar="PATH", help="the servers' token, or one line for each (default: VEILBENCH_TOKEN)"
    )


@contextlib.contextmanager
def seated(options: argparse.Namespace) -> Iterator[Mapping[str, Transport] | None]:
    """Where the computing parties of a run live: None for in this process."""
    if options.servers and getattr(options, "isolated", False):
        raise ParamError("--isolated and --servers exclude each other", then="give only one of them")
    if options.token_file and not options.servers:
        raise ParamError("--token-file is for --servers", then="name the servers, or leave it out")
    if options.servers:
        with placed(servers_with_file(options.servers, options.token_file)) as transports:
            yield transports
        _note_placed(transports or {})
    elif getattr(options, "isolated", False):
        with Spawned() as spawned:
            yield dict.fromkeys(("server", "aggregator", "collector"), spawned)
    else:
        yield None


def _note_placed(transports: Mapping[str, Transport]) -> None:
    """Say what became of the servers that were named."""
    from privacy.transports.http import NOTE, Http

    used = any(isinstance(one, Http) and one.placed for one in transports.values())
    print(f"veilbench: {NOTE if used else 'No party of this run has the role of a server named.'}", file=sys.stderr)


def call(options: argparse.Namespace) -> int:
    """Run and print: a table, or the record as JSON."""
    registry = discover()
    request = request_of(options, registry, stack=options.stack)
    with seated(options) as places, _in_room(options, request, registry) as (request, recording):
        record = lab.run(request, registry=registry, progress=Bar(), places=places, recording=recording)
    if options.json:
        emit(record.as_json())
    else:
        _print(record, registry)
    if record.failure:
        print(f"veilbench: {record.failure}", file=sys.stderr)
    return 1 if record.failure else 0


@contextlib.contextmanager
def _in_room(
    options: argparse.Namespace, request: RunRequest, registry: Registry
) -> Iterator[tuple[RunRequest, "Recording | None"]]:
    """The request as it is in the room that the options name, and what commits its rounds there."""
    if not options.room:
        if options.parent or options.account:
            raise ParamError("--parent and --account are for a run in a room", then="name the room by --room")
        yield request, None
        return
    from privacy.rooms.opening import Names, recorded

    names = Names(options.room, account=options.account, chain=options.chain, parent=options.parent)
    with recorded(request, names, registry, passphrase=passphrase) as found:
        yield found


def _print(record: RunRecord, registry: Registry) -> None:
    print(f"{record.workload} under {record.stack}, seed {record.seed}, data {record.data_hash[:12]}")
    _print_answer(lines_of(record.settings))
    for t in record.guarantee.towards:
        print(f"  towards the {t.observer}: {t.strength.name.lower().replace('_', ' ')}. {t.statement}")
    for sentence in record.fallbacks.values():
        print(f"  {sentence}")
    for note in record.notes:
        print(f"  {note}")
    who = registry.workload(record.workload).people
    for m in record.metrics:
        print(f"  {m.key:<36} {_figure(m):<34} {m.source}{f', simulated {who}' if m.simulated else ''}")
    print("  A failed attack is no guarantee.")


def _print_answer(lines: list[Line]) -> None:
    """The answer, what it spent, first of all: its values, their 95% intervals, and the truth of the whole file."""
    known = any(line.truth is not None for line in lines)
    for line in lines:
        truth = f"  truth {written(line.truth)}" if known else ""
        print(f"  answer: {line.label:<28} {written(line.value):<12} {bar(line):<24}{truth}".rstrip())


def _figure(m: Metric) -> str:
    if m.value is None:
        return f"none: {m.note}"
    interval = f" [{m.low:.4g}, {m.high:.4g}]" if m.low is not None and m.high is not None else ""
    return f"{m.value:.6g}{interval} {m.unit}"
