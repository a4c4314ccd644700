"""The options of an aggregator's server that opens live rounds, and what they add to the server.

Declaring options imports nothing else, so that the command line starts fast.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fastapi import APIRouter

    from privacy.live.keeper import Keeper
    from privacy.live.series import LiveService
    from privacy.registry import Registry
    from privacy.transports.http import Http
    from privacy.web.limits import Accept, Limits


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of a server that opens live rounds."""
    group = parser.add_argument_group("live rounds (--role aggregator)")
    group.add_argument("--gather", metavar="QUESTION.toml", help="open a live round that asks this question")
    group.add_argument("--contributors", type=int, metavar="N", help="seats of a cohort; opens a live round of vectors")
    group.add_argument("--minimum", type=int, metavar="N", help="fewest contributions of a sum (default: 3)")
    group.add_argument("--length", type=int, default=1, metavar="D", help="entries of a vector (default: 1)")
    group.add_argument("--bound", type=float, default=1.0, metavar="B", help="no |entry| is larger (default: 1)")
    group.add_argument("--unit", type=float, default=1.0, metavar="U", help="entries are steps of this (default: 1)")
    group.add_argument("--stack", default="smpc", help="stack of the sums (default: smpc)")
    group.add_argument("--param", action="append", default=[], metavar="K=V", help="a parameter of the stack")
    group.add_argument("--join-seconds", type=float, default=60.0, metavar="S", help="how long a cohort is open")
    group.add_argument("--round-seconds", type=float, default=30.0, metavar="S", help="time to answer a round")
    group.add_argument("--rounds", type=int, default=1, metavar="N", help="how many, in series; 0: no end")
    group.add_argument("--room", default="", metavar="ROOM", help="make a version of each sum, and commit it there")
    group.add_argument("--account", default="", metavar="NAME", help="who commits (default: the chain's first account)")
    group.add_argument("--chain", default="", metavar="NAME", help="the room's chain (default: the one in use)")
    group.add_argument("--release-sum", action="store_true", help="let the contributors see the sum")
    group.add_argument("--collector", metavar="URL", help="server of role collector (default: in this process)")
    group.add_argument("--collector-token-file", metavar="FILE", help="the token of that server")


_FEWEST = 3
"""What a device asks for as well, unless its owner says otherwise."""
_KEPT = "and alone keeps the sum"


@dataclass(frozen=True)
class Attached:
    """What live rounds add to a server: a service to start and close, paths, limits, and a token of contributors."""

    service: "LiveService"
    router: "APIRouter"
    limits: "Limits"
    accept: "Accept"
    token_file: Path


def attach(options: argparse.Namespace, registry: "Registry", *, limits: "Limits", port: int) -> Attached | None:
    """What the options add to the server on `port`; None if they ask for no live round.

    Contributors have a token of their own, which opens the live rounds and nothing else of the server.
    """
    from privacy.live.routes import doorkeeper, limits_for, router
    from privacy.web.auth import server_token, token_path

    service = service_from(options, registry)
    if service is None:
        return None
    file = token_path(f"contributors-{port}")
    token, _ = server_token(file.stem, file=file)
    return Attached(service, router(service), limits_for(service, limits), doorkeeper(token), file)


def service_from(options: argparse.Namespace, registry: "Registry") -> "LiveService | None":
    """The service that the options ask for, not yet started; None if they ask for none."""
    from privacy.commands.settings import pairs
    from privacy.errors import ParamError
    from privacy.live.plan import SELF_RUN, Definition
    from privacy.live.question import VECTOR, read_toml
    from privacy.live.series import LiveService

    if options.gather is None and options.contributors is None:
        if options.room:
            raise ParamError("--room is for a question whose sums make versions", then="name it by --gather")
        return None
    if options.gather is not None:
        question = read_toml(Path(options.gather))
    else:
        question = {"kind": VECTOR, "length": options.length, "bound": options.bound, "unit": options.unit}
    if options.release_sum and options.collector:
        raise ParamError("a collector elsewhere keeps the sum to itself", then="leave --release-sum or --collector out")
    keeper = _keeper(options, registry)
    collector = _collector(options, registry)
    seats = options.contributors or 10
    fewest = min(_FEWEST, seats) if options.minimum is None else options.minimum
    params = pairs(options.param)
    if keeper is not None and options.rounds:
        params = _for_rounds(options.stack, params, registry, rounds=options.rounds)
    definition = Definition(
        question, options.stack, params, seats, fewest,
        options.join_seconds, options.round_seconds, options.release_sum,
        SELF_RUN if collector is None else f"the collector is at {collector.urls[0]} {_KEPT}",
    )  # fmt: skip
    return LiveService(definition, registry, count=options.rounds, collector=collector, keeper=keeper)


def _keeper(options: argparse.Namespace, registry: "Registry") -> "Keeper | None":
    """What commits to the room that the options name; None if they name none."""
    from privacy.errors import ParamError

    if not options.room:
        if options.account or options.chain:
            raise ParamError("--account and --chain are for versions in a room", then="name the room by --room")
        return None
    import functools

    from privacy.commands.chain import passphrase
    from privacy.live.keeper import Keeper
    from privacy.rooms.opening import Names

    names = Names(options.room, account=options.account, chain=options.chain)
    return Keeper(names, registry, passphrase=functools.cache(passphrase))


def _for_rounds(stack: str, params: dict[str, Any], registry: "Registry", *, rounds: int) -> dict[str, Any]:
    """The parameters of a stack whose noise is for all sums of a series, where its owner did not say for how many."""
    known = hasattr(registry.stack(stack, params).release_params, "rounds")
    return {"rounds": rounds} | params if known else params


def _collector(options: argparse.Namespace, registry: "Registry") -> "Http | None":
    """The transport to the server that `--collector` names."""
    if options.collector is None:
        return None
    from privacy.transports.http import Http
    from privacy.web.auth import read_token

    token = read_token(Path(options.collector_token_file)) if options.collector_token_file else None
    return Http([options.collector], token=token, registry=registry)
