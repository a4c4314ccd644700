"""A party in a process of its own, started before any private input exists.

The process has a fresh home folder, a minimal environment and its own memory. What crosses to it is its own
input, the public task and the parameters, sealed wires, and secrets of that very party; never a pickle.
"""

import contextlib
import subprocess
import sys
import weakref
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from privacy import errors
from privacy.boundary.party import Party
from privacy.boundary.seat import OsRandomness, Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.errors import (
    BoundaryError,
    MechanismError,
    ProtocolAborted,
    UnknownNameError,
    VeilbenchError,
    WireError,
)
from privacy.mechanism import Mechanism
from privacy.primitives.shards import Engine
from privacy.registry import PLUGIN_MODULE
from privacy.transports import framing
from privacy.transports.nursery import Child, Nursery
from privacy.transports.process import end, start
from privacy.transports.station import MaterialCache, Reply, RunKey, content_hash
from privacy.transports.worker import wire_fields, wire_from


class Spawned:
    """Places each party in a process of its own.

    `threads` is how many each may compute with, `memory_bytes` how much memory each may map; a party that needs more
    ends with ProtocolAborted. With an `engine`, servers whose work splits have it done there. With a `nursery`, whose
    forks serve as parties, each is forked there: then only its first start takes long.
    """

    def __init__(
        self, *, threads: int = 1, memory_bytes: int | None = None, engine: Engine | None = None,
        nursery: Nursery | None = None,
    ) -> None:  # fmt: skip
        self._threads, self._memory, self._engine, self._nursery = threads, memory_bytes, engine, nursery
        self._placed: list[SpawnedEndpoint] = []

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> "SpawnedEndpoint":
        """Start a process and seat the party in it.

        Raises BoundaryError for an input that cannot move, PluginError if the process cannot import the backend.
        """
        if not isinstance(seat.random, OsRandomness):
            raise BoundaryError("a seeded source of randomness stays in process", then="place this party in process")
        endpoint = SpawnedEndpoint(
            seat.party, cache=cache, threads=self._threads, memory_bytes=self._memory, nursery=self._nursery
        )
        self._placed = [*(e for e in self._placed if e.alive), endpoint]
        try:
            endpoint.seat(mechanism, task=seat.task, own=seat.own, engine=self._engine)
        except BaseException:
            endpoint.close()
            raise
        return endpoint

    @property
    def pids(self) -> tuple[int, ...]:
        """The processes that are alive now."""
        return tuple(e.pid for e in self._placed if e.alive)

    def close(self) -> None:
        """End every process that this transport started."""
        while self._placed:
            self._placed.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class SpawnedEndpoint:
    """The host's end of one party's process."""

    def __init__(
        self, party: Party, *, cache: MaterialCache | None, threads: int, memory_bytes: int | None = None,
        nursery: Nursery | None = None,
    ) -> None:  # fmt: skip
        self.party, self.seconds = party, 0.0
        self._cache, self._key = cache, RunKey("", 0, b"")
        self._process: subprocess.Popen[bytes] | Child
        if nursery is None:
            self._process, self._sink, self._source, home = start(threads=threads, memory_bytes=memory_bytes)
        else:
            self._process, self._sink, self._source, home = nursery.start()
        # Also runs when the endpoint is collected and when the interpreter exits.
        self._end = weakref.finalize(self, end, self._process, home)
        if nursery is not None:
            with self._born():
                self._process.pid  # noqa: B018 (a fork greets by it before anything else)
            if memory_bytes:
                self._ask("cap", size=memory_bytes)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._end.alive and self._process.poll() is None

    def seat(self, mechanism: Mechanism[Any], *, task: Any, own: Any, engine: Engine | None = None) -> None:
        """Send what the party starts from: its mechanism, the parameters, the public task, its own input, an engine."""
        files = _plugin_files((mechanism, mechanism.params, task))
        if files:
            self._ask("load", files=files)
        self._ask(
            "start", mechanism=framing.reference(type(mechanism)), params=mechanism.params, task=task,
            party=self.party.name, own=own, caching=self._cache is not None, engine=engine,
        )  # fmt: skip

    def connect(self, key: RunKey) -> None:
        self._key = key
        self._ask("connect", **vars(key))

    def publish(self, *, offer: bool) -> list[bytes]:
        return sealed(self._ask("publish", offer=offer))

    def want(self, offers: Sequence[bytes]) -> list[bytes]:
        """Ask for what the device does not hold; what it does hold goes to its process first."""
        envelope, cache = self._key.envelope(), self._cache or {}
        offered = [envelope.open(sealed)[1].body for sealed in offers]
        held = [wire_fields(cache[h]) for h in offered if h in cache]
        return sealed(self._ask("want", offers=list(offers), held=held))

    def fulfil(self, wants: Sequence[bytes]) -> list[bytes]:
        return sealed(self._ask("fulfil", wants=list(wants)))

    def keep(self, material: Sequence[bytes]) -> list[Wire]:
        answer = self._ask("keep", material=list(material))
        with self._well_formed():
            wires = [wire_from(w) for w in answer]
        if self._cache is not None:
            self._cache.update({content_hash(w): w for w in wires})
        return wires

    def admit(self, newcomers: Sequence[Party], material: Sequence[bytes], *, held: Sequence[Wire]) -> None:
        named, wires = [p.name for p in newcomers], [wire_fields(w) for w in held]
        self._ask("admit", newcomers=named, material=list(material), held=wires)

    def begin(self, key: RunKey, secret: Secret[Any] | None) -> None:
        """Start a run. BoundaryError if the secret is not this party's own."""
        self._key = key
        moved = None if secret is None else (secret.moved_to(self.party), secret.exposure.value)
        self._ask("begin", **vars(key), secret=moved)

    def announce(self, round_: int, inbox: Sequence[bytes]) -> None:
        """Nothing to do ahead: question and answer alternate on the streams of a process."""

    def take(self, sealed: bytes) -> bool:
        return bool(self._ask("take", sealed=sealed))

    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply:
        answer = self._ask("step", round_=round_, inbox=list(inbox))
        with self._well_formed():
            wires, done, output, abort, refused = answer
            left_out = tuple(int(place) for place in refused)
            return Reply(tuple(sealed(wires)), bool(done), output, None if abort is None else str(abort), left_out)

    def forget(self) -> None:
        """Drop the party's keys; if its process has gone, they went with it."""
        if self.alive:
            with contextlib.suppress(ProtocolAborted):
                self._ask("forget")

    def close(self) -> None:
        """End the process and remove its home folder."""
        self._end()

    def ask(self, operation: str, **given: Any) -> Any:
        """The worker's own answer to one operation, for a host that passes it on. Errors as the operation has them."""
        return self._ask(operation, **given)

    def _ask(self, operation: str, **given: Any) -> Any:
        if not self._end.alive:
            raise ProtocolAborted(f"the process of {self.party} has ended", then="open a new session")
        try:
            framing.write(self._sink, (operation, given))
            header, parts = framing.read(self._source)
        except BoundaryError:
            raise  # refused before anything was written
        except (EOFError, OSError):
            obituary = self._obituary()
            self.close()
            raise ProtocolAborted(obituary, then="open a new session and run it again") from None
        except BaseException:
            self.close()  # question and answer may be out of step now
            raise
        answer = framing.decode(header, parts)
        with self._well_formed():
            self.seconds = max(self.seconds, float(answer["seconds"]))
            if "error" in answer:
                raise raised(answer["error"])
            return answer["result"]

    @contextlib.contextmanager
    def _born(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, OSError):
            self.close()
            raise ProtocolAborted(f"the process of {self.party} was not born", then="open a new session") from None

    @contextlib.contextmanager
    def _well_formed(self) -> Iterator[None]:
        try:
            yield
        except (TypeError, ValueError, KeyError, AttributeError):
            raise WireError(f"the process of {self.party} gave a malformed answer") from None

    def _obituary(self) -> str:
        try:
            status = self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return f"the process of {self.party} closed its streams"
        if isinstance(self._process, Child):  # how a fork ended, its nursery knows alone
            return f"the process of {self.party} has ended"
        how = f"was killed by signal {-status}" if status < 0 else f"ended with exit status {status}"
        return f"the process of {self.party} {how}"


def _plugin_files(objects: Iterable[Any]) -> list[str]:
    """The files of plugins that came as files: their modules cannot be imported by name elsewhere."""
    modules = {type(o).__module__ for o in objects}
    found = [sys.modules[m].__file__ for m in modules if m.startswith(PLUGIN_MODULE) and m in sys.modules]
    return sorted(path for path in found if path is not None)


def sealed(answer: Any) -> list[bytes]:
    """An answer that is a list of sealed wires; WireError for anything else."""
    if not isinstance(answer, list) or not all(isinstance(one, bytes) for one in answer):
        raise WireError("a party elsewhere sent something that is not a wire")
    return answer


def raised(words: Mapping[str, Any]) -> VeilbenchError:
    """The error that a party's process reported, as the same class."""
    kind = getattr(errors, str(words["class"]), None)
    known = isinstance(kind, type) and issubclass(kind, VeilbenchError) and not issubclass(kind, UnknownNameError)
    made: type[VeilbenchError] = kind if known and kind is not None else MechanismError
    return made(str(words["what"]), where=str(words["where"]), then=str(words["then"]))
