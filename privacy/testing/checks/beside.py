"""Checks of what passes beside the channel: bytes that no transcript counts, and files that two parties share."""

import contextlib
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Message, Transcript
from privacy.boundary.wire import Wire
from privacy.errors import ProtocolAborted
from privacy.mechanism import Role
from privacy.protocol import Session
from privacy.testing.bench import Bench, CheckResult, station
from privacy.testing.mentions import has_bytes, mentioned
from privacy.testing.shadow import Shadow, shadow_all
from privacy.testing.watch import Watch, watching

_FILE = 2**23
_ENVELOPE = 4 + 1024 + 32
"""The most bytes around a body: the length of the header, the header, the tag."""


class Tallied(Channel):
    """A channel that counts for itself what it carries: sealed bytes, by phase."""

    def __init__(self) -> None:
        super().__init__(transcript=Transcript(sample_bytes=None))
        self.sizes: list[int] = []

    def transport(self, sealed: bytes) -> bytes:
        self.sizes.append(len(sealed))
        return sealed


class Seen(Shadow):
    """A role under a watch, whose bodies are counted as it hands them over."""

    def __init__(self, inner: Role[object], watch: Watch, bodies: list[bytes]) -> None:
        super().__init__(inner)
        self._watch, self._bodies = watch, bodies

    def doing(self, what: str) -> AbstractContextManager[None]:
        return self._watch.acting(self.seat.party)

    def sent(self, wires: Iterable[Wire]) -> list[Wire]:
        out = list(wires)
        self._bodies += [w.body for w in out]
        return out


def _watched(bench: Bench) -> tuple[Watch, Tallied, list[bytes], Session[Any]]:
    """Fresh seats, their set-up and two runs, all under a watch as far as they sit in this process.

    One run goes before it, so that what libraries load or write once for a whole process is no part of it.
    """
    bench.run(bench.published()[0], bench.case.x0)
    channel, bodies = Tallied(), list[bytes]()
    with watching() as watch:
        session = bench.session()
        shadow_all(session, lambda role: Seen(role, watch, bodies))
        session.publish(channel)
        bench.run(session, bench.case.x0, channel=channel)
        # A key may serve one run only.
        with contextlib.suppress(ProtocolAborted):
            bench.run(session, bench.case.x1, channel=channel)
    return watch, channel, bodies, session


def check_bytes(bench: Bench) -> CheckResult:
    """The transcript counts every byte that left a party: all wires whole, and nothing past the channel."""
    title = "declared bytes are the bytes sent"
    watch, channel, bodies, session = _watched(bench)
    messages = channel.transcript.messages
    found = [f"{p} talks past the channel ({event})" for p, event in sorted(watch.talking.items())]
    if [m.bytes for m in messages] != channel.sizes:
        found.append(f"{sum(m.bytes for m in messages)} bytes are declared and {sum(channel.sizes)} were carried")
    if Counter(m.sample for m in messages if bench.visible(session, m.sender)) != Counter(bodies):
        found.append(f"{len(bodies)} bodies left the parties and the transcript has others")
    found += _on_sockets(session, messages)
    around = [m.bytes - m.body_bytes for m in messages]
    if any(not 0 < size <= _ENVELOPE for size in around):
        found.append(f"an envelope adds {max(around)} bytes, and {_ENVELOPE} are the most that one has")
    setup = channel.transcript.bytes(phase="setup")
    fine = f"{setup} bytes of set-up and {channel.transcript.bytes(phase='run')} of runs, all in {len(messages)} wires"
    fine += f"; envelopes add up to {max(around)} bytes" if around else ""
    return CheckResult("bytes", title, not found, "; ".join(found) or fine)


def _on_sockets(session: Session[Any], messages: Sequence[Message]) -> list[str]:
    """What is wrong with the sealed bytes that went over the connection to each party elsewhere, where it counts."""
    found = []
    for party, endpoint in session.endpoints.items():
        carried = getattr(endpoint, "payload", None)
        declared = sum(m.bytes for m in messages for end in (m.sender, m.receiver) if end == party)
        if carried is not None and carried != declared:
            found.append(f"{declared} bytes are declared to and from {party}, and {carried} were on its connection")
    return found


def _left_behind(bench: Bench, watch: Watch, session: Session[Any]) -> list[str]:
    """Files that parties wrote, that are there still, and that hold a private input or a key."""
    seen = [p for p in session.endpoints if bench.visible(session, p)]
    keys = [key for p in seen for key in station(session, p).role.seat.keys.material().values()]
    values = [v for value in (bench.case.x0, bench.case.x1) for v in bench.case.given(value).values()]
    found = []
    for path, writers in watch.written.items():
        try:
            data = Path(path).read_bytes()[:_FILE]
        except OSError:
            continue
        text = data.decode("latin-1")
        if any(has_bytes(data, v) for v in values) or (what := mentioned(text, values, keys)) == "a private input":
            found.append(f"{min(writers)} leaves a private input in {path}")
        elif what:
            found.append(f"{min(writers)} leaves a key in {path}")
    return found


def check_stash(bench: Bench) -> CheckResult:
    """No file that one party writes is opened by another: files between parties are wires that nobody records.

    Nor is a file left behind in which a private input or a key stands.
    """
    title = "no file passes between parties or keeps what is private"
    watch, _, _, session = _watched(bench)
    found = [f"{writer} writes {path} and {other} opens it" for path, writer, other in watch.shared()]
    found += _left_behind(bench, watch, session)
    alone = len(watch.written)
    fine = f"{alone} files written by a party, none of them opened by another" if alone else "no party writes a file"
    return CheckResult("stash", title, not found, "; ".join(found[:4]) or fine)
