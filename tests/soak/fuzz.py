"""Mutated and truncated wires against live servers of every role: `python -m tests.soak.fuzz [N] [--seed S]`.

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
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from privacy.errors import MechanismError, ProtocolAborted, VeilbenchError
from privacy.registry import discover
from privacy.transports.http import Http
from privacy.transports.http_frames import frame
from privacy.transports.station import Reply
from tests.support.fuzz_mutations import BODIES, Rng, broken, retagged
from tests.support.fuzz_outcomes import Report, alike, attempt, refused
from tests.support.fuzz_targets import Machine, Seated, Target, sealed, targets

MACHINES = {"scoring": "scoring", "another scoring": "scoring", "aggregator": "aggregator", "collector": "collector"}
"""Servers by name, each of a role: two servers that must not collude are two machines."""

SECONDS = 30.0
GROWTH = 96 * 2**20


class Fuzzer:
    """Drives one target after the other."""

    def __init__(self, machines: dict[str, Machine], http: Http, *, seed: int) -> None:
        self.machines, self.http, self.rng = machines, http, Rng(seed)
        self.report = Report(memory={name: [] for name in machines})
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
        for name, samples in self.report.memory.items():
            early = samples[: max(1, len(samples) // 3)]
            grown = [samples[-1][i] - max(s[i] for s in early) for i in (0, 1)]
            if max(grown) > GROWTH:
                self.report.faults.append(f"memory of {name} grew by {max(grown):,} bytes")
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
        for name, machine in self.machines.items():
            if not machine.alive:
                raise SystemExit(f"the server {name} ended: {self.report.faults}")
            self.report.memory[name].append(machine.memory())
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
            wires, breaks, wording = sealed(event, envelope), False, "honest"
            if place == chosen:
                at = self.rng.randrange(len(wires))
                breaks = self.rng.random() < 0.4
                if breaks:
                    wording, instead = broken(wires[at], seated, key.run, self.rng)
                else:
                    wording, one = retagged(wires[at], key.key, self.rng)
                    instead = [one]
                wires[at : at + 1] = instead
            there = attempt(seated.remote, event.operation, event.round, wires)
            here = attempt(seated.twin, event.operation, event.round, wires) if seated.twin else there
            ended = self._judge(target, wording, there, here, breaks=breaks)
            if ended is not None:
                return ended
        return "played to its end"

    def _judge(self, target: Target, wording: str, there: Any, here: Any, *, breaks: bool) -> str | None:
        """What ended the run, if anything did; faults are noted."""
        if isinstance(there, ProtocolAborted):
            self._unseat(target)  # its process ended, as it took too much
            return "ended the party's process"
        if isinstance(there, MechanismError):
            self._fault(target, f"{wording}: {there}")
            return "an untyped error"
        if breaks and not refused(there):
            self._fault(target, f"{wording}: a broken envelope was accepted: {there}")
            return "accepted"
        if not alike(there, here):
            self._fault(target, f"{wording}: the server answered {there} and a party in process {here}")
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


def fuzz(count: int, *, seed: int, checks: int = 20) -> Report:
    """Start a machine of each role, send `count` cases, stop them."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        token = secrets.token_urlsafe(32)
        file = folder / "token"
        file.touch(mode=0o600)
        file.write_text(token)
        machines = {name: Machine(role, file) for name, role in MACHINES.items()}
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
