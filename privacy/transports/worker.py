"""The process of one party: `python -m privacy.transports.worker`, started by `Spawned` and by nothing else.

Frames come on standard input and go out on standard output; both are taken away before any plugin is imported,
so that a plugin's `print` goes to standard error. The process ends when its input ends, also when its host died
without a word.
"""

import contextlib
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from privacy import errors
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Exposure, Wire
from privacy.debugging import typed
from privacy.errors import BoundaryError, PluginError, UnknownNameError, VeilbenchError
from privacy.mechanism import Mechanism
from privacy.registry import load_file
from privacy.transports import framing, served
from privacy.transports.base import role_of, seat_for, sharded_role_of
from privacy.transports.station import RunKey, Station, content_hash


def find(name: str) -> Any:
    """The object that `module:Name` names; PluginError if there is none."""
    module, _, attribute = name.partition(":")
    try:
        return getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"a party's process cannot import it: {error}", where=name) from None


def wire_fields(wire: Wire) -> tuple[Any, ...]:
    """A wire as plain values, for a frame."""
    names = (wire.sender.name if wire.sender else None, wire.via.name if wire.via else None)
    return (wire.to.name, wire.kind, wire.exposure.value, wire.body, *names)


def wire_from(fields: tuple[Any, ...]) -> Wire:
    """The wire that `wire_fields` wrote."""
    to, kind, exposure, body, sender, via = fields
    parties = [Party.parse(name) if name else None for name in (sender, via)]
    return Wire(Party.parse(to), kind, Exposure(exposure), body, *parties)


def out_of_memory(error: BaseException | None) -> bool:
    """Whether an error is, or was caused by, a lack of memory."""
    return error is not None and (isinstance(error, MemoryError) or out_of_memory(error.__cause__))


def describe(error: BaseException) -> dict[str, str]:
    """An error for a frame: the nearest class of `privacy.errors`, and what it says."""
    if out_of_memory(error):
        what = "a party needs more memory than its process may take"
        return {
            "class": "ProtocolAborted",
            "what": what,
            "where": "",
            "then": "raise the limit, or make the task smaller",
        }
    if not isinstance(error, VeilbenchError):
        what = f"a party's process raised {type(error).__name__}"
        return {"class": "MechanismError", "what": what, "where": "", "then": "this is a bug in the backend"}
    kind = next(
        k for k in type(error).__mro__ if k.__module__ == errors.__name__ and not issubclass(k, UnknownNameError)
    )
    return {"class": kind.__name__, "what": error.what, "where": error.where, "then": error.then}


class Worker:
    """The party of this process: a station, and one method for each operation of an endpoint."""

    def __init__(self, start: Mapping[str, Any]) -> None:
        kind = find(start["mechanism"])
        if not (isinstance(kind, type) and issubclass(kind, Mechanism)):
            raise PluginError(f"{start['mechanism']} is not a Mechanism")
        self.party = Party.parse(start["party"])
        made = typed(kind, lambda: kind(start["params"]), where=start["party"])
        seat = seat_for(self.party, start["task"], start["own"])
        engine = start["engine"]
        role = role_of(made, seat) if engine is None else sharded_role_of(made, seat, engine)
        self.station = Station(role, cache={} if start["caching"] else None)

    def connect(self, session: str, run: int, key: bytes) -> None:
        self.station.connect(RunKey(session, run, key))

    def publish(self, offer: bool) -> list[bytes]:
        return self.station.publish(offer=offer)

    def want(self, offers: list[bytes], held: list[tuple[Any, ...]]) -> list[bytes]:
        if self.station.cache is not None:
            self.station.cache.update({content_hash(w): w for w in map(wire_from, held)})
        return self.station.want(offers)

    def fulfil(self, wants: list[bytes]) -> list[bytes]:
        return self.station.fulfil(wants)

    def keep(self, material: list[bytes]) -> list[tuple[Any, ...]]:
        return [wire_fields(w) for w in self.station.keep(material)]

    def admit(self, newcomers: list[str], material: list[bytes], held: list[tuple[Any, ...]]) -> None:
        self.station.admit([Party.parse(p) for p in newcomers], material, held=[wire_from(w) for w in held])

    def begin(self, session: str, run: int, key: bytes, secret: tuple[Any, str] | None) -> None:
        private = None if secret is None else Secret(secret[0], owner=self.party, exposure=Exposure(secret[1]))
        self.station.begin(RunKey(session, run, key), private)

    def step(self, round_: int, inbox: list[bytes]) -> tuple[list[bytes], bool, Any, str | None, list[int]]:
        reply = self.station.step(round_, inbox)
        return list(reply.wires), reply.done, reply.output, reply.abort, list(reply.refused)

    def take(self, sealed: bytes) -> bool:
        return self.station.take(sealed)

    def forget(self) -> None:
        self.station.forget()


OPERATIONS = frozenset(name for name in vars(Worker) if not name.startswith("_"))


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Answer frames until the source ends: `cap` and `load` for plugin files, then `start`, then operations.

    A process that ran out of memory answers so and ends: what it left half done is not to be trusted.
    """
    waiting = served.requests(source)
    worker: Worker | None = None
    exhausted = False
    while not exhausted:
        answer: dict[str, Any] = {"result": None}
        try:
            operation, given = framing.decode(*waiting.get(), rebuild=find)
            if operation == "cap":
                cap_memory(given["size"])
            elif operation == "load":
                for path in given["files"]:
                    load_file(Path(path))
            elif operation == "start":
                worker = Worker(given)
            elif worker is None or operation not in OPERATIONS:
                raise BoundaryError(f"a party's process was asked for {operation!r}")
            else:
                answer = {"result": getattr(worker, operation)(**given)}
        except (Exception, SystemExit) as error:
            answer, exhausted = {"error": describe(error)}, out_of_memory(error)
        _answer(sink, answer, seconds=worker.station.seconds if worker else 0.0)


def _answer(sink: BinaryIO, answer: dict[str, Any], *, seconds: float) -> None:
    try:
        framing.write(sink, answer | {"seconds": seconds})
    except VeilbenchError as error:
        framing.write(sink, {"error": describe(error), "seconds": seconds})


def cap_memory(size: int) -> None:
    """Let this process map at most `size` bytes, where the system has such a cap, and leave no core file."""
    try:
        import resource
    except ImportError:  # Windows has none
        return
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """Take the standard streams, then serve. The only argument, if any, is the most memory to map, in bytes."""
    if len(sys.argv) > 1:
        cap_memory(int(sys.argv[1]))
    source, sink = served.streams()
    with contextlib.suppress(BrokenPipeError):  # the host died between a question and its answer
        serve(source, sink)
    served.leave(4)


if __name__ == "__main__":
    main()
