"""`veilbench check`: the conformance kit on one backend."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from privacy.commands.progress import Bar
from privacy.commands.run import params
from privacy.params import build
from privacy.registry import discover

if TYPE_CHECKING:
    from privacy.testing.kit import Report


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("check", parents=[shared], help="run the conformance kit on a backend")
    one.add_argument("backend", help="the backend's id")
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the backend")
    one.add_argument("--plays", type=int, default=400, metavar="N", help="plays of each distinguishing game")
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check and print: exit 0 if every applicable check passed, else 1."""
    from privacy.testing.kit import check_backend

    registry = discover()
    spec = registry.spec(options.backend)
    built = build(spec.params, params(options.param), owner=spec.id)
    report = check_backend(spec, registry, params=built, plays=options.plays, progress=Bar())
    if options.json:
        print(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    return 0 if report.ok else 1


def _print(report: "Report") -> None:
    marks = {True: "passed", False: "FAILED", None: "does not apply"}
    for primitive, results in report.primitives.items():
        print(f"{report.backend}: {primitive}")
        for result in results:
            print(f"  {marks[result.passed]:<14} {result.title}: {result.detail}")
    print(report.sentence)
