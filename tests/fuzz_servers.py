"""Mutated and truncated wires against live servers of every role: `python tests/fuzz_servers.py [N] [--seed S]`.

Whoever sends them has the server's token and the session's key, so that wires are malformed inside a valid envelope
too. Counted as faults: a server that ends, an answer that does not come, an error without a type, a broken envelope
that is accepted, an answer that a party in process would not have given, an honest run that goes wrong afterwards,
memory that grows.
"""

import argparse
import contextlib
import json
import random
import secrets
import socket
import struct
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from fuzz_targets import Machine, Seated, Target, sealed, targets

from privacy.boundary.envelope import Envelope, _tag
from privacy.boundary.party import Party
from privacy.errors import IntegrityError, MechanismError, ProtocolAborted, ServiceError, VeilbenchError
from privacy.registry import discover
from privacy.transports.http import Http
from privacy.transports.http_frames import frame
from privacy.transports.station import Reply

ROLES = ("scoring", "aggregator", "collector")
SECONDS = 30.0
GROWTH = 96 * 2**20
Rng = random.Random


def flip(data: bytes, rng: Rng) -> bytes:
    """One to eight bits."""
    out = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut(data: bytes, rng: Rng) -> bytes:
    return data[: rng.randrange(len(data))] if data else b"\0"


def lie(data: bytes, rng: Rng) -> bytes:
    """A huge, negative or odd number where a length may stand."""
    number = rng.choice((2**63 - 1, 2**64 - 1, 2**32 - 1, 2**31, 0, 1, len(data) + 1, 10**7))
    patch = struct.pack("<Q", number)[: rng.choice((4, 8))]
    place = rng.choice((0, 4, 8, 12, 16, 24, 32, 40, rng.randrange(len(data) + 1)))
    return (data[:place] + patch + data[place + len(patch) :])[: max(len(data), 1)]


BODIES: dict[str, Callable[[bytes, Rng], bytes]] = {
    "flipped": flip,
    "cut": cut,
    "length lie": lie,
    "random": lambda d, rng: rng.randbytes(len(d)),
    "empty": lambda d, rng: b"" if d else b"\0",
    "longer": lambda d, rng: d + rng.randbytes(rng.choice((1, 7, 65_536))),
    "zeros": lambda d, rng: bytes(len(d)),
    "ones": lambda d, rng: b"\xff" * len(d),
    "doubled": lambda d, rng: d + d,
}


def broken(one: bytes, seated: Seated, run: int, rng: Rng) -> tuple[str, list[bytes]]:
    """A wire whose envelope no longer holds: what was done, and what is sent instead."""
    kind = rng.choice(("bytes", "bytes", "bytes", "key", "session", "run", "twice", "receiver"))
    if kind == "bytes":
        name = rng.choice(list(BODIES))
        altered = BODIES[name](one, rng)
        return f"envelope {name}", [altered if altered != one else one + b"\0"]
    if kind == "twice":
        return "replayed", [one, one]
    channel = seated.channel
    binding, wire = Envelope(key=channel.key, session=channel.session, run=run).open(one)
    key = secrets.token_bytes(32) if kind == "key" else channel.key
    session = secrets.token_hex(8) if kind == "session" else channel.session
    other = Envelope(key=key, session=session, run=run - 1 if kind == "run" else run)
    to = Party("nobody") if kind == "receiver" else wire.to
    return f"another {kind}", [other.seal(replace(wire, to=to), sender=binding.sender, round_=binding.round)]


def retagged(one: bytes, key: bytes, rng: Rng) -> tuple[str, bytes]:
    """A wire with another body or header under a valid tag."""
    size = struct.unpack_from("<I", one)[0]
    head, body = one[4 : 4 + size], one[4 + size : -32]
    name = rng.choice(list(BODIES))
    if rng.random() < 0.2:
        said = f"header {name}"
        head = BODIES[name](head, rng)[:2000]
        data = struct.pack("<I", rng.choice((len(head), len(head), size, 2**31))) + head + body
    else:
        said, data = f"body {name}", one[: 4 + size] + BODIES[name](body, rng)
    return said, data + _tag(key, data)


@dataclass
class Report:
    """What came of it."""

    wires: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    memory: dict[str, list[tuple[int, int]]] = field(default_factory=dict)
    seconds: float = 0.0
    honest: int = 0
    reseated: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "wires": self.wires, "outcomes": dict(self.outcomes.most_common()), "faults": self.faults,
            "honest_runs": self.honest, "reseated": self.reseated, "seconds": round(self.seconds, 1),
            "megabytes": {k: [" ".join(f"{x / 2**20:.1f}" for x in one) for one in v] for k, v in self.memory.items()},
        }  # fmt: skip


class Fuzzer:
    """Drives one target after the other."""

    def __init__(self, machines: dict[str, Machine], http: Http, *, seed: int) -> None:
        self.machines, self.http, self.rng = machines, http, Rng(seed)
        self.report = Report(memory={role: [] for role in machines})
        self.targets = targets(discover())
        self.seated: dict[str, Seated] = {}

    def run(self, count: int, *, checks: int = 20) -> Report:
        """Play `count` cases; between them, and at the end, look `checks` times whether all is well."""
        start, every = time.monotonic(), max(1, count // checks)
        for number in range(count):
            target = self.rng.choice(self.targets)
            try:
                self._case(target)
            except (TimeoutError, VeilbenchError) as error:
                self._fault(target, f"{error}")
            self.report.wires += 1
            if number % every == every - 1:
                self._check()
        for role, samples in self.report.memory.items():
            early = samples[: max(1, len(samples) // 3)]
            grown = [samples[-1][i] - max(s[i] for s in early) for i in (0, 1)]
            if max(grown) > GROWTH:
                self.report.faults.append(f"memory of {role} grew by {max(grown):,} bytes")
        self.report.seconds = time.monotonic() - start
        return self.report

    def _fault(self, target: Target, what: str) -> None:
        self.report.faults.append(f"{target.name}: {what}")
        self._unseat(target)

    def _unseat(self, target: Target) -> None:
        seated = self.seated.pop(target.name, None)
        if seated is not None:
            seated.close()
            self.report.reseated += 1

    def _check(self) -> None:
        """Every server lives, and every target's honest run is right."""
        for role, machine in self.machines.items():
            if not machine.alive:
                raise SystemExit(f"the server of role {role} ended: {self.report.faults}")
            self.report.memory[role].append(machine.memory())
        for target in self.targets:
            self.report.honest += 1
            if not target.honest(self.http):
                self.report.faults.append(f"{target.name}: an honest run gave a wrong output")
        for endpoint in [e for e in self.http.placed if e._gone]:
            self.http.placed.remove(endpoint)

    def _case(self, target: Target) -> None:
        seated = self.seated.get(target.name)
        if seated is None:
            seated = self.seated[target.name] = target.seat(self.http)
        if self.rng.random() < 0.15:
            self._raw(target, seated)
            return
        outcome = self._scripted(target, seated)
        self.report.outcomes[outcome] += 1

    def _scripted(self, target: Target, seated: Seated) -> str:
        """Play the script with one wire mutated; what became of it."""
        key = seated.next_run()
        envelope = key.envelope()
        events = seated.events
        chosen = self.rng.choice([i for i, e in enumerate(events) if e.wires])
        for endpoint in filter(None, (seated.remote, seated.twin)):
            endpoint.begin(key, None)
        for place, event in enumerate(events):
            wires, breaks, said = sealed(event, envelope), False, "honest"
            if place == chosen:
                at = self.rng.randrange(len(wires))
                breaks = self.rng.random() < 0.4
                if breaks:
                    said, instead = broken(wires[at], seated, key.run, self.rng)
                else:
                    said, one = retagged(wires[at], key.key, self.rng)
                    instead = [one]
                wires[at : at + 1] = instead
            there = attempt(seated.remote, event.operation, event.round, wires)
            here = attempt(seated.twin, event.operation, event.round, wires) if seated.twin else there
            ended = self._judge(target, said, there, here, breaks=breaks)
            if ended is not None:
                return ended
        return "played to its end"

    def _judge(self, target: Target, said: str, there: Any, here: Any, *, breaks: bool) -> str | None:
        """What ended the run, if anything did; faults are noted."""
        if isinstance(there, ProtocolAborted):
            self._unseat(target)  # its process ended, as it took too much
            return "ended the party's process"
        if isinstance(there, MechanismError):
            self._fault(target, f"{said}: {there}")
            return "an untyped error"
        if breaks and not refused(there):
            self._fault(target, f"{said}: a broken envelope was accepted: {there}")
            return "accepted"
        if not alike(there, here):
            self._fault(target, f"{said}: the server answered {there} and a party in process {here}")
            return "another answer"
        if isinstance(there, VeilbenchError):
            return f"refused: {type(there).__name__}"
        if isinstance(there, Reply) and (there.done or there.abort is not None):
            if there.abort is not None:
                return "aborted"
            if there.output is not None and not target.right(there.output):
                return "well-formed lie"  # as a party in process takes it: nothing here claims to detect it
            return "played to its end"
        return None

    def _raw(self, target: Target, seated: Seated) -> None:
        """A body or a request that is malformed below the wires."""
        remote, event = seated.remote, self.rng.choice([e for e in seated.events if e.operation == "step"])
        envelope = seated.next_run().envelope()
        body = frame(("step", {"round_": event.round, "inbox": sealed(event, envelope)}))
        name = self.rng.choice(list(BODIES))
        path = f"/api/parties/{remote._name}/{remote._number + self.rng.choice((1, 1, 1, 0, 2, 10**6))}"
        if self.rng.random() < 0.1:
            # Never the next operation: a body that was whole would be carried out after the look at the state below.
            self._torn(remote, f"/api/parties/{remote._name}/{remote._number + 2}", body)
            self.report.outcomes["request torn off"] += 1
        else:
            answer = remote.line._http.post(path, content=BODIES[name](body, self.rng), timeout=SECONDS)
            self.report.outcomes[f"raw {name}: status {answer.status_code}"] += 1
            if answer.status_code >= 500:
                self._fault(target, f"raw {name}: status {answer.status_code}")
                return
        state = remote.line._http.get(f"/api/parties/{remote._name}", timeout=SECONDS)
        if state.status_code != 200:
            self._fault(target, f"the party is gone after a raw body: {state.status_code}")
        elif state.json()["operations"] != remote._number:
            self._unseat(target)  # the body was well-formed after all: party and twin are no longer alike

    def _torn(self, remote: Any, path: str, body: bytes) -> None:
        """A request whose peer leaves in the middle, or sends more or less than it announced."""
        host, port = remote.line.url.removeprefix("http://").split(":")
        length = len(body) + self.rng.choice((0, 1, 1000, -1, -len(body) // 2))
        head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\n{_authorisation(remote)}Content-Length: {length}\r\n\r\n"
        with socket.create_connection((host, int(port)), timeout=SECONDS) as line, contextlib.suppress(OSError):
            line.sendall(head.encode() + body[: self.rng.randrange(len(body) + 1)])


def _authorisation(remote: Any) -> str:
    return f"Authorization: {remote.line._http.headers['authorization']}\r\n"


def attempt(endpoint: Any, operation: str, round_: int, wires: list[bytes]) -> Any:
    """The result of a step or a take of each wire, or the error that it ended with."""
    try:
        if operation == "take":
            return [endpoint.take(one) for one in wires]
        return endpoint.step(round_, wires)
    except ServiceError:
        raise
    except VeilbenchError as error:
        return error


def refused(outcome: Any) -> bool:
    """Whether a wire with a broken envelope was kept out."""
    if isinstance(outcome, list):
        return False in outcome
    return isinstance(outcome, IntegrityError) or (isinstance(outcome, Reply) and bool(outcome.refused))


def alike(one: Any, other: Any) -> bool:
    """Whether two outcomes say the same: wires and outputs to the byte, errors by class and sentence."""
    if isinstance(one, VeilbenchError):
        return isinstance(other, type(one)) and str(one) == str(other)
    if isinstance(one, Reply) and isinstance(other, Reply):
        parts = [
            (r.wires, r.done, r.abort, r.refused, str(None if r.output is None else tuple(r.output)))
            for r in (one, other)
        ]
        return parts[0] == parts[1]
    return bool(one == other)


def fuzz(count: int, *, seed: int, checks: int = 20) -> Report:
    """Start a machine of each role, send `count` cases, stop them."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        token = secrets.token_urlsafe(32)
        file = folder / "token"
        file.touch(mode=0o600)
        file.write_text(token)
        machines = {role: Machine(role, file) for role in ROLES}
        for machine in machines.values():
            stack.callback(machine.stop)
        http = stack.enter_context(Http([m.url for m in machines.values()], token=token, seconds=SECONDS))
        return Fuzzer(machines, http, seed=seed).run(count, checks=checks)


def main(arguments: list[str] | None = None) -> Report:
    parser = argparse.ArgumentParser()
    parser.add_argument("count", nargs="?", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(2**32))
    options = parser.parse_args(arguments)
    report = fuzz(options.count, seed=options.seed)
    print(json.dumps({"seed": options.seed} | report.as_dict(), indent=1))
    return report


if __name__ == "__main__":
    sys.exit(1 if main().faults else 0)
