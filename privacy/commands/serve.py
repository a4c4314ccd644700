"""`veilbench serve`: the app, or with `--role` a computing party's machine; on loopback unless told otherwise."""

import argparse
import contextlib
import dataclasses
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.errors import ParamError, ServiceError, UnknownNameError
from privacy.home import home
from privacy.live.options import add_arguments, attach
from privacy.registry import discover
from privacy.web.gate import HOSTS, named

if TYPE_CHECKING:
    from collections.abc import Iterator

    from privacy.primitives.shards import Engine
    from privacy.web.limits import Limits

APP = Path(__file__).resolve().parents[2] / "app.py"
PORTS = {"scoring": 8511, "aggregator": 8512, "collector": 8513}
"""Roles, and the port that each listens on unless told otherwise."""
_APP_PORT = 8501


def add(commands: Any, shared: argparse.ArgumentParser) -> None:
    """Declare the command."""
    one = commands.add_parser(
        "serve", parents=[shared], help="open the app in a browser on this machine, or serve parties to other machines"
    )
    ports = ", ".join(f"{role} {port}" for role, port in PORTS.items())
    one.add_argument("--port", type=int, help=f"port to listen on (default: {_APP_PORT}; {ports})")
    one.add_argument("--address", default="127.0.0.1", help="address to listen on (default: 127.0.0.1)")
    one.add_argument(
        "--host", action="append", default=[], metavar="NAME",
        help=f"another name of the app, such as a reverse proxy's; repeatable (or {HOSTS})",
    )  # fmt: skip
    one.add_argument("--role", choices=list(PORTS), help="serve parties of this role to other machines, not the app")
    one.add_argument(
        "--token-file",
        metavar="PATH",
        help="file of the token that hosts must show (default: one under VEILBENCH_HOME)",
    )
    one.add_argument(
        "--limit", action="append", default=[], metavar="NAME=N",
        help="with --role: change a limit, such as memory_bytes or parties; repeatable",
    )  # fmt: skip
    one.add_argument(
        "--tab-origin", metavar="URL",
        help="with --role scoring: let only this app's pages ask the server straight from a browser tab",
    )  # fmt: skip
    one.add_argument("--engine", choices=["ray"], help="with --role scoring: do the work in shards on a Ray cluster")
    one.add_argument("--shards", type=int, metavar="S", help="with --engine: the most shards of one table (default: 2)")
    one.add_argument(
        "--ray-address", metavar="HOST:PORT",
        help="with --engine: the cluster to join (default: one on this machine, which ends with the server)",
    )  # fmt: skip
    add_arguments(one)
    one.set_defaults(call=call)


def check_port(address: str, port: int) -> None:
    """ServiceError unless the port can be bound: a busy port must not end in somebody else's page."""
    if not 1 <= port <= 65535:
        raise ServiceError(f"{port} is not a port", then="choose one between 1 and 65535")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            free = f"stop what uses it, or choose another: make run PORT={port + 1 if port < 65535 else 8502}"
            raise ServiceError(f"port {port} on {address} cannot be used: {error.strerror}", then=free) from error


def call(options: argparse.Namespace) -> int:
    """Check what can be checked, then serve until stopped."""
    _check_engine(options)
    if options.role:
        if options.host:
            raise ParamError("--host is for the app", then="leave it out: a server of a role answers to its token")
        return _serve_role(options)
    if options.limit or options.token_file or options.tab_origin:
        what = "--limit, --token-file and --tab-origin are for a server of a role"
        raise ParamError(what, then="add --role, or leave them out")
    if options.gather or options.contributors or options.room:
        raise ParamError("the app cannot open a live round", then="add --role aggregator")
    if not APP.is_file():
        raise ServiceError("app.py is not beside this package", then="run the app from a clone of the repository")
    home()
    os.environ[HOSTS] = ",".join([*named(), *options.host])
    port = _APP_PORT if options.port is None else options.port
    check_port(options.address, port)
    print(f"Veilbench on http://{options.address}:{port} (Ctrl+C stops it)", file=sys.stderr)
    arguments = [
        sys.executable, "-m", "streamlit", "run", str(APP),
        "--server.port", str(port), "--server.address", options.address,
    ]  # fmt: skip
    os.chdir(APP.parent)
    os.execv(sys.executable, arguments)


def limits(pairs: list[str]) -> "Limits":
    """The limits with those of `name=number` pairs changed; ParamError for one that is none."""
    from privacy.web.limits import Limits

    whole = {f.name: isinstance(f.default, int) for f in dataclasses.fields(Limits)}
    changed: dict[str, Any] = {}
    for pair in pairs:
        name, _, number = pair.partition("=")
        if name not in whole:
            raise UnknownNameError("limit", name, whole)
        try:
            value = int(float(number)) if whole[name] else float(number)
        except (ValueError, OverflowError):
            value = 0
        if not 0 < value < 2**53:
            raise ParamError(f"--limit {pair} is not a limit", then="give a number above 0")
        changed[name] = value
    return Limits(**changed)


@contextlib.contextmanager
def _engine(options: argparse.Namespace) -> "Iterator[Engine | None]":
    """The engine that the options name, for as long as the block lasts."""
    shards = 2 if options.shards is None else options.shards
    if options.engine is None:
        yield None
    elif shards < 1:
        raise ParamError(f"{shards} shards are not possible", then="give --shards a number above 0")
    else:
        from privacy.engines.on_ray import cluster

        with cluster(shards=shards, address=options.ray_address or "") as engine:
            yield engine


def _check_engine(options: argparse.Namespace) -> None:
    if options.engine is None and (options.shards is not None or options.ray_address):
        raise ParamError("--shards and --ray-address are for an engine", then="add --engine ray, or leave them out")
    if options.engine is not None and options.role != "scoring":
        raise ParamError("an engine works only for servers of a role", then="choose --role scoring, or no --engine")


def _serve_role(options: argparse.Namespace) -> int:
    """Serve the parties of a role, and the live rounds of an aggregator that opens some."""
    with _engine(options) as engine:
        return _serve_parties(options, engine)


def _serve_parties(options: argparse.Namespace, engine: "Engine | None") -> int:
    from privacy.web.app import build_app
    from privacy.web.serving import bound, serve_here
    from privacy.web.tab_seats import origin_of

    registry, bounds = discover(), limits(options.limit)
    if options.role != "aggregator" and (options.gather or options.contributors or options.room):
        raise ParamError(f"a machine of role {options.role} cannot open a live round", then="choose --role aggregator")
    if options.tab_origin and options.role != "scoring":
        raise ParamError(f"pages do not ask machines of role {options.role}", then="choose --role scoring")
    origin = origin_of(options.tab_origin) if options.tab_origin else ""
    port = PORTS[options.role] if options.port is None else options.port
    if not 0 <= port <= 65535:
        raise ServiceError(f"{port} is not a port", then="choose one between 1 and 65535, or 0 for any that is free")
    listener = bound(options.address, port)
    port = int(listener.getsockname()[1])
    url = f"http://{f'[{options.address}]' if ':' in options.address else options.address}:{port}"
    live_rounds = attach(options, registry, limits=bounds, port=port)
    say(f"A machine of role {options.role} on {url} (Ctrl+C stops it).")
    token = _token(f"{options.role}-{port}", options.token_file, use=f"veilbench run ... --servers {url}")
    if live_rounds is None:
        app = build_app(
            options.role, token=token, limits=bounds, registry=registry, engine=engine, tab_origin=origin
        )  # fmt: skip
    else:
        bounds = live_rounds.limits
        app = build_app(
            options.role, token=token, limits=bounds, routers=[live_rounds.router], accept=live_rounds.accept,
            registry=registry, engine=engine,
        )  # fmt: skip
        file = live_rounds.token_file
        say(f"The contributors' token is in {file}: veilbench contribute --servers {url} --token-file {file} ...")
        live_rounds.service.start()
    if origin:
        say(f"Pages of {origin} may ask this server straight from a browser tab.")
    _warn(options.address)
    try:
        serve_here(app, listener, limits=bounds)
    finally:
        if live_rounds is not None:
            live_rounds.service.close()
    return 0


def _token(name: str, file: str | None, *, use: str) -> str:
    """A token, and the sentence that says where it is and what it is for; the token itself is never printed."""
    from privacy.web.auth import VARIABLE, server_token

    token, path = server_token(name, file=Path(file).expanduser() if file else None)
    kept = f"in {path}" if path else f"that of {VARIABLE}"
    say(f"The token of {name} is {kept}: {use} --token-file {path or 'PATH'}")
    return token


def _warn(address: str) -> None:
    from privacy.web.serving import loopback

    if not loopback(address):
        say(
            "Warning: HTTP without TLS shows the token and the session keys to the network. Listen on 127.0.0.1 "
            "behind a proxy with TLS, and give hosts the proxy's https address."
        )


def say(sentence: str) -> None:
    """Tell whoever started the server, at once."""
    print(sentence, file=sys.stderr, flush=True)
