"""What the fuzzer aims at: parties on live servers, each with an honest script of all that it is sent."""

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.envelope import Envelope
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.params import build
from privacy.plugin import AGGREGATOR, CLIENT, COLLECTOR, AggregationTask, LookupTask, ScoringTask, Sum
from privacy.primitives.aggregation import reference
from privacy.protocol import Session
from privacy.registry import Registry
from privacy.transports.base import InProcess, seat_for
from privacy.transports.http import Http
from privacy.transports.station import RunKey, Station
from tests.support import ROOT

LIMITS = {"rate": 1e6, "burst": 1e6, "body_bytes": 2**24, "memory_bytes": 2**31, "body_seconds": 5, "parties": 64}


class Machine:
    """A server of a role in a process of its own, as `veilbench serve` starts it."""

    def __init__(self, role: str, token_file: Path) -> None:
        limits = [one for name, value in LIMITS.items() for one in ("--limit", f"{name}={value:.0f}")]
        self.process = subprocess.Popen(
            [
                sys.executable, "-m", "privacy", "serve", "--role", role, "--port", "0",
                "--token-file", str(token_file), *limits,
            ],
            cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stderr is not None
        wording = self.process.stderr.readline()
        self.role, self.url = role, wording.split(" on ")[1].split(" ")[0]
        # What is not read would fill the pipe and hold the server up.
        self._drain = subprocess.Popen(["cat"], stdin=self.process.stderr, stdout=subprocess.DEVNULL)

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def memory(self) -> tuple[int, int]:
        """Resident bytes of the server, and of the largest of its parties' processes."""
        children = [p for p in Path("/proc").glob("[0-9]*") if _parent(p) == self.process.pid]
        return _resident(self.process.pid), max([_resident(int(p.name)) for p in children], default=0)

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)
        self._drain.wait(20)
        assert self.process.stderr is not None
        self.process.stderr.close()


def _parent(process: Path) -> int:
    try:
        return int((process / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError):
        return 0


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096
    except OSError:
        return 0


@dataclass(frozen=True)
class Event:
    """One operation of the script: its name, its round, and the wires that it brought."""

    operation: str
    round: int
    wires: tuple[tuple[Party, int, Wire], ...] = ()
    """Sender, round in which it was sent, and the wire."""


class Tap:
    """An endpoint that writes down what it is sent."""

    def __init__(self, inner: Any) -> None:
        self.inner, self.events = inner, list[Event]()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def _read(self, sealed: Sequence[bytes]) -> tuple[tuple[Party, int, Wire], ...]:
        found = [self._opener.open(one) for one in sealed]
        return tuple((binding.sender, binding.round, wire) for binding, wire in found)

    def connect(self, key: RunKey) -> None:
        self._opener = key.envelope()
        self.inner.connect(key)

    def keep(self, material: Sequence[bytes]) -> Any:
        self.events.append(Event("keep", 0, self._read(material)))
        return self.inner.keep(material)

    def begin(self, key: RunKey, secret: Any) -> None:
        self._opener = key.envelope()
        self.inner.begin(key, secret)

    def step(self, round_: int, inbox: Sequence[bytes]) -> Any:
        self.events.append(Event("step", round_, self._read(inbox)))
        return self.inner.step(round_, inbox)

    def take(self, sealed: bytes) -> Any:
        self.events.append(Event("take", 0, self._read([sealed])))
        return self.inner.take(sealed)


class Tapped:
    """Places parties as another transport does, each behind a tap."""

    def __init__(self, inner: Any) -> None:
        self._inner, self.taps = inner, dict[Party, Tap]()

    def place(self, mechanism: Any, seat: Any, *, cache: Any) -> Tap:
        self.taps[seat.party] = Tap(self._inner.place(mechanism, seat, cache=cache))
        return self.taps[seat.party]


@dataclass
class Target:
    """A party that a backend's mechanism has on a server.

    `exact` says that it is deterministic: then a twin of it in process, fed with the same, must answer alike to the
    byte. Else its script is that of an honest run of its own, as what it is sent is under its own keys.
    """

    name: str
    mechanism: Any
    task: Any
    own: Any
    party: Party
    secrets: dict[Party, Any]
    right: Any
    exact: bool
    events: list[Event] = field(default_factory=list)

    def session(self, http: Http | None) -> Session[Any]:
        return self._session(None if http is None else {self.party.role: http})

    def _session(self, transports: Any) -> Session[Any]:
        own = {} if self.own is None else {Party(self.party.role): self.own}
        return Session(self.mechanism, self.task, own, transports=transports)

    def honest(self, http: Http) -> bool:
        """Whether an honest run over the server gives the right output."""
        session, channel = self.session(http), Channel()
        session.publish(channel)
        output = session.run({p: Secret(v, owner=p) for p, v in self.secrets.items()}, channel).output
        for endpoint in session.endpoints.values():
            endpoint.close()
        return bool(self.right(output))

    def played(self, transport: Any) -> tuple[Tap, Channel]:
        """One honest run with the party placed by `transport`: its endpoint, with the script, and the session."""
        tapped, channel = Tapped(transport), Channel()
        session = self._session({self.party.role: tapped})
        session.publish(channel)
        session.run({p: Secret(v, owner=p) for p, v in self.secrets.items()}, channel)
        return tapped.taps[self.party], channel

    def seat(self, http: Http) -> "Seated":
        if not self.exact:
            return Seated(self, http, *self.played(http))
        if not self.events:
            self.events = self.played(InProcess())[0].events
        seat = [seat_for(self.party, self.task, self.own) for _ in range(2)]
        tap, twin = Tap(http.place(self.mechanism, seat[0], cache=None)), InProcess()
        tap.events = self.events
        return Seated(self, http, tap, Channel(), twin=twin.place(self.mechanism, seat[1], cache=None))


class Seated:
    """A target on its server, and the key of its session, which the fuzzer knows; and perhaps its twin in process."""

    def __init__(self, target: Target, http: Http, tap: Tap, channel: Channel, *, twin: Station | None = None) -> None:
        self.target, self.http, self.remote, self.twin = target, http, tap.inner, twin
        self.channel, self.events = channel, [e for e in tap.events if e.operation in ("step", "take")]
        if twin is None:
            return
        key = self.next_run()
        envelope = key.envelope()
        keep = next((e for e in tap.events if e.operation == "keep"), None)
        material = [] if keep is None else sealed(keep, envelope)
        for endpoint in (self.remote, twin):
            endpoint.connect(key)
            endpoint.publish(offer=False)
            endpoint.keep(material)

    def next_run(self) -> RunKey:
        return RunKey(self.channel.session, self.channel.open_run(), self.channel.key)

    def close(self) -> None:
        self.remote.close()
        self.http.placed.remove(self.remote)


def sealed(event: Event, envelope: Envelope) -> list[bytes]:
    """The wires of an event under another session's envelope."""
    return [envelope.seal(wire, sender=sender, round_=round_) for sender, round_, wire in event.wires]


def targets(registry: Registry) -> list[Target]:
    """Every carrier's party on every role of machine."""
    rng = np.random.default_rng(7)
    scoring, lookup = ScoringTask(items=40, dims=16), LookupTask(items=40, record_bytes=16, count=3)
    sums = AggregationTask(contributors=4, length=6, bound=100, minimum=3)
    catalogue, vector = rng.integers(-60, 60, (40, 16)), rng.integers(-60, 60, 16)
    records, wanted = rng.integers(0, 256, (40, 16), dtype=np.uint8), np.array([3, 39, 0])
    vectors = {p: rng.integers(-100, 100, sums.length) for p in sums.roster}
    found = []
    for backend in ("plain", "he", "smpc"):
        spec = registry.spec(backend)
        made = {p: registry.mechanism(spec, p, build(spec.params, {}, owner=backend)) for p in spec.implements}
        if "scoring" in made:
            right = _near(catalogue @ vector, made["scoring"].tolerance(scoring))
            for party in made["scoring"].parties(scoring)[1:]:
                name = f"{backend} scoring, {party}"
                found.append(Target(name, made["scoring"], scoring, catalogue, party, {CLIENT: vector}, right, True))
        if "lookup" in made:
            right = _near(records[wanted], 0)
            for party in made["lookup"].parties(lookup)[1:]:
                name = f"{backend} lookup, {party}"
                found.append(Target(name, made["lookup"], lookup, records, party, {CLIENT: wanted}, right, True))
        right = _sum(reference(sums, vectors), made["aggregation"].tolerance(sums))
        for party in (AGGREGATOR, COLLECTOR):
            name = f"{backend} {party}"
            exact = name != "he collector"  # it alone draws keys
            found.append(Target(name, made["aggregation"], sums, None, party, dict(vectors), right, exact))
    return found


def _near(expected: Any, tolerance: float) -> Any:
    return lambda output: bool((np.abs(np.asarray(output, dtype=float) - expected) <= tolerance).all())


def _sum(expected: Any, tolerance: float) -> Any:
    return lambda output: bool((np.abs(Sum.of(output).total - expected) <= tolerance).all())
