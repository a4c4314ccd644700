"""`veilbench audit`: a step that others ship as differentially private, held against the epsilon that it claims."""

import argparse
import json
import os
from typing import TYPE_CHECKING, Any

from privacy.commands.printed import emit
from privacy.commands.progress import Bar
from privacy.commands.settings import pairs
from privacy.words import plain

if TYPE_CHECKING:
    from privacy.foreign.finding import Check, Finding

_CLAIM = ("epsilon", "delta", "clip", "neighbours", "releases", "unit", "sigma", "noise")


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    from privacy.foreign.claim import NEIGHBOURS, NOISES
    from privacy.foreign.forms import FORMS

    one = commands.add_parser(
        "audit", parents=[shared], help="audit another project's clip-and-noise step against the epsilon that it claims"
    )
    one.add_argument(
        "--mechanism", required=True, metavar="MODULE:NAME",
        help="a function or class in a module or in ./file.py, imported in its own process",
    )  # fmt: skip
    claim = one.add_argument_group("the claim, if the step has no attribute `claims`")
    claim.add_argument("--claims-epsilon", dest="epsilon", type=float, metavar="E", help="claimed epsilon")
    claim.add_argument(
        "--claims-delta", dest="delta", type=float, metavar="D", help="claimed delta (default: 0, pure epsilon)"
    )
    claim.add_argument("--clip", type=float, metavar="C", help="the length that an update is clipped to (default: 1)")
    words = "; ".join(f"{name}: {text}" for name, text in NEIGHBOURS.items())
    claim.add_argument("--neighbours", choices=list(NEIGHBOURS), help=f"{words} (default: presence)")
    claim.add_argument(
        "--releases", type=int, metavar="R", help="number of releases that epsilon covers together (default: 1)"
    )
    claim.add_argument("--unit", metavar="WORD", help="unit that epsilon protects (default: update)")
    claim.add_argument(
        "--sigma", type=float, metavar="S", help="declared standard deviation of the noise, for the arithmetic"
    )
    claim.add_argument("--noise", choices=NOISES, help="distribution of the noise (default: gaussian)")
    one.add_argument(
        "--form",
        choices=FORMS,
        default="",
        help="form of the step's input (default: what the step declares, or an array)",
    )
    one.add_argument("--batch", action="store_true", default=None, help="the step takes many updates at once, (n, d)")
    one.add_argument("--set", action="append", default=[], metavar="K=V", help="an argument of the step; repeatable")
    one.add_argument(
        "--python",
        default="",
        metavar="PATH",
        help="Python interpreter with the packages that the step imports (default: this one)",
    )
    one.add_argument(
        "--plays", type=int, metavar="N", help="releases of both inputs together (default: as many as the claim needs)"
    )
    one.add_argument("--seconds", type=float, default=60.0, metavar="S", help="most seconds to play (default: 60)")
    one.add_argument("--dims", type=int, default=16, metavar="N", help="the length of an update (default: 16)")
    one.add_argument("--patience", type=float, default=60.0, metavar="S", help="most seconds for one answer")
    one.add_argument(
        "--seed", type=int, default=0, metavar="N", help="seed that splits the releases; it never sets the noise"
    )
    one.set_defaults(call=call)


def call(options: argparse.Namespace) -> int:
    """Audit and print: exit 1 where the claim is refuted or charged, else 0."""
    from privacy.foreign.audit import Order, audit_foreign

    claim = {name: value for name in _CLAIM if (value := getattr(options, name)) is not None}
    order = Order(
        options.mechanism, os.getcwd(), claim=claim, settings=_values(options.set), form=options.form,
        batch=options.batch, plays=options.plays, seconds=options.seconds, dims=options.dims,
        patience=options.patience, seed=options.seed, python=options.python,
    )  # fmt: skip
    bar = Bar()
    found = audit_foreign(order, bar)
    bar.clear()
    if options.json:
        emit(json.dumps(found.as_dict(), indent=2, ensure_ascii=False, allow_nan=False))
    else:
        _print(found)
    return 1 if found.alarm else 0


def _values(texts: list[str]) -> dict[str, Any]:
    """Arguments as JSON reads them, and as texts where it does not."""
    found: dict[str, Any] = {}
    for name, text in pairs(texts, flag="--set").items():
        try:
            found[name] = json.loads(text)
        except ValueError:
            found[name] = text
    return found


def _print(found: "Finding") -> None:
    print(f"{plain(found.name)} claims {found.claim.sentence()}")
    print(found.sentence())
    rows = [("arithmetic", charge.sentence()) for charge in found.charges]
    rows += [("inputs", found.inputs), ("event", found.event)] if found.bound is not None else []
    rows += [(f"{_mark(check)} {check.id}", check.text) for check in found.checks]
    for head, text in rows:
        print(f"  {head:<12}{plain(text)}")
    print(f"  {'time':<12}{found.seconds:.1f} s")


def _mark(check: "Check") -> str:
    return {True: "✓", False: "✗", None: "·"}[check.ok]
