"""`veilbench check`: the conformance kit on one backend."""

import argparse
import json
import secrets
import sys
from typing import TYPE_CHECKING, Any, TextIO

from privacy.commands.findings import print_findings
from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.settings import pairs
from privacy.deadline import process_age
from privacy.debugging import debugging
from privacy.errors import ParamError
from privacy.params import build
from privacy.registry import Registry, discover

if TYPE_CHECKING:
    from privacy.provers.prover import Prover
    from privacy.testing.bench import CheckResult

_QUICK, _LEAST = 11.0, 3.0
"""Seconds that a quick check may take from the start of the process, and that its checks get in any case."""

_PLACES = ("in process", "spawned", "http")


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("check", parents=[shared], help="run the conformance kit on a backend")
    one.add_argument("backend", help="the backend's id, or a prover's")
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the backend")
    one.add_argument("--only", action="append", default=[], metavar="CHECK", help="only this check; repeatable")
    one.add_argument("--primitive", action="append", default=[], metavar="P", help="only this primitive; repeatable")
    one.add_argument(
        "--place", action="append", default=[], choices=_PLACES,
        help="place of the computing parties: 'in process', spawned or http; repeatable",
    )  # fmt: skip
    one.add_argument("--seed", type=int, metavar="N", help="seed of coins and inputs; it never sets keys or noise")
    one.add_argument("--plays", type=int, default=400, metavar="N", help="number of plays of each distinguishing game")
    one.add_argument(
        "--patience", type=float, default=120.0, metavar="SECONDS", help="most seconds for one check, which then fails"
    )
    one.add_argument(
        "--quick", action="store_true",
        help="a quick check of a few seconds, in process with short games; a game that is too short to tell says so",
    )  # fmt: skip
    one.add_argument(
        "--thorough", action="store_true",
        help="long games at every size and with every parameter; takes some minutes longer",
    )  # fmt: skip
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check and print: exit 0 if every applicable check passed, else 1."""
    from privacy.services.checks import keep
    from privacy.services.checks_shared import check_shared, worth_sharing
    from privacy.testing.kit import check_backend

    if options.plays < 2 or options.patience <= 0:
        raise ParamError("a game needs at least two plays, and a check some seconds", then="leave the option out")
    registry = discover()
    if options.backend in registry.provers:
        return _check_prover(options, registry)
    spec = registry.spec(options.backend)
    built = build(spec.params, pairs(options.param), owner=spec.id)
    places = [p for p in _PLACES if p in (options.place or _PLACES)]
    order: dict[str, Any] = {"plays": options.plays, "patience": options.patience, "thorough": options.thorough}
    bar = Bar()
    rows = Rows(spec.id, bar, sys.stderr if options.json else sys.stdout)
    order |= {"progress": bar, "row": rows}
    some: dict[str, Any] = {"only": options.only or None, "primitives": options.primitive or None}
    seed = secrets.randbits(40) if options.seed is None else options.seed
    with debugging(options.debug):
        if options.quick:
            report = check_backend(
                spec, registry, params=built, seed=seed, quick=True, seconds=max(_LEAST, _QUICK - process_age()),
                **order, **some,
            )  # fmt: skip
        elif worth_sharing(spec, places) and not options.debug and not any(some.values()):
            report = check_shared(spec, params=vars(built), seed=seed, places=places, **order)
        else:
            report = check_backend(spec, registry, params=built, places=places, seed=seed, **order, **some)
    rows.end()
    if not options.quick and not any(some.values()) and len(places) == len(_PLACES):
        keep(report, spec)
    if options.json:
        emit(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        print(f"{report.sentence} ({report.seconds:.0f} s, seed {report.seed})")
    return 0 if report.ok else 1


def _check_prover(options: argparse.Namespace, registry: Registry) -> int:
    """The kit of provers: its keys go to a state folder of their own."""
    import os
    import tempfile

    from privacy.provers.opening import open_prover
    from privacy.testing.provers import checking

    def opening() -> "Prover":
        return open_prover(registry, options.backend, pairs(options.param))

    with tempfile.TemporaryDirectory(prefix="veilbench-") as folder:
        before = os.environ.get("VEILBENCH_HOME")
        os.environ["VEILBENCH_HOME"] = folder
        try:
            plays, mutations = (20, 20) if options.quick else (options.plays, 200)
            return print_findings(checking(opening, plays=plays, mutations=mutations), document=options.json)
        finally:
            os.environ.pop("VEILBENCH_HOME")
            if before is not None:
                os.environ["VEILBENCH_HOME"] = before


class Rows:
    """Prints each result as it comes, under the primitive and the place; what was not run on one line at the end."""

    def __init__(self, backend: str, bar: Bar, sink: TextIO) -> None:
        self._backend, self._bar, self._sink = backend, bar, sink
        self._head, self._left_out = "", dict[str, list[str]]()

    def __call__(self, primitive: str, result: "CheckResult") -> None:
        from privacy.testing.bench import NOT_RUN
        from privacy.testing.report import PROPERTIES

        head = f"{self._backend}: {primitive}, {result.place}"
        if result.passed is None and result.detail.startswith(NOT_RUN):
            self._left_out.setdefault(f"{head}: {result.detail.removeprefix(NOT_RUN)}", []).append(result.id)
            return
        lines = [head] if head != self._head else []
        self._head = head
        mark = "FAILED" if result.passed is False else result.outcome
        lines.append(f"  {mark:<15} {result.id}: {result.title}: {result.detail}")
        if result.passed is False:
            titles = {p.number: p.title for p in PROPERTIES}
            lines.append(f"  {'':<15} property {result.property}: {titles.get(result.property, 'further')}")
            lines.append(f"  {'':<15} again: {result.reproduce}")
        self._write(lines)

    def end(self) -> None:
        """Say what was not run, and why."""
        self._write([f"not run, {why}: {', '.join(names)}" for why, names in self._left_out.items()])

    def _write(self, lines: list[str]) -> None:
        self._bar.clear()
        for line in lines:
            print(line, file=self._sink, flush=True)
