"""`veilbench check`: the conformance kit on one backend."""

import argparse
import json
import secrets
from typing import TYPE_CHECKING, Any

from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.run import params
from privacy.debugging import debugging
from privacy.errors import ParamError
from privacy.params import build
from privacy.registry import discover

if TYPE_CHECKING:
    from privacy.testing.report import Report

_PLACES = ("in process", "spawned", "http")


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser("check", parents=[shared], help="run the conformance kit on a backend")
    one.add_argument("backend", help="the backend's id")
    one.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the backend")
    one.add_argument("--only", action="append", default=[], metavar="CHECK", help="only this check; repeatable")
    one.add_argument("--primitive", action="append", default=[], metavar="P", help="only this primitive; repeatable")
    one.add_argument(
        "--place", action="append", default=[], choices=_PLACES,
        help="only with the computing parties here: 'in process', spawned or http; repeatable",
    )  # fmt: skip
    one.add_argument("--seed", type=int, metavar="N", help="of coins and inputs; keys and noise never follow it")
    one.add_argument("--plays", type=int, default=400, metavar="N", help="plays of each distinguishing game")
    one.add_argument(
        "--patience", type=float, default=120.0, metavar="SECONDS", help="how long one check may take before it fails"
    )
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Check and print: exit 0 if every applicable check passed, else 1."""
    from privacy.services.checks import keep
    from privacy.services.checks_shared import check_shared, worth_sharing
    from privacy.testing.kit import check_backend

    if options.plays < 2 or options.patience <= 0:
        raise ParamError("a game needs two plays at least, and a check some seconds", then="leave the option out")
    registry = discover()
    spec = registry.spec(options.backend)
    built = build(spec.params, params(options.param), owner=spec.id)
    places = [p for p in _PLACES if p in (options.place or _PLACES)]
    asked: dict[str, Any] = {"plays": options.plays, "patience": options.patience, "progress": Bar()}
    some: dict[str, Any] = {"only": options.only or None, "primitives": options.primitive or None}
    seed = secrets.randbits(40) if options.seed is None else options.seed
    with debugging(options.debug):
        if worth_sharing(spec, places) and not options.debug and not any(some.values()):
            report = check_shared(spec, params=vars(built), seed=seed, places=places, **asked)
        else:
            report = check_backend(spec, registry, params=built, places=places, seed=seed, **asked, **some)
    if not any(some.values()) and len(places) == len(_PLACES):
        keep(report, spec)
    if options.json:
        emit(json.dumps(report.as_dict(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    return 0 if report.ok else 1


def _print(report: "Report") -> None:
    from privacy.testing.report import PROPERTIES

    marks = {True: "passed", False: "FAILED", None: "does not apply"}
    titles = {p.number: p.title for p in PROPERTIES}
    for primitive, results in report.primitives.items():
        for place in dict.fromkeys(r.place for r in results):
            print(f"{report.backend}: {primitive}, {place}")
            for result in (r for r in results if r.place == place):
                print(f"  {marks[result.passed]:<14} {result.id}: {result.title}: {result.detail}")
                if result.passed is False:
                    print(f"  {'':<14} property {result.property}: {titles.get(result.property, 'further')}")
                    print(f"  {'':<14} again: {result.reproduce}")
    print(f"{report.sentence} ({report.seconds:.0f} s, seed {report.seed})")
