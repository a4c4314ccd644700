"""Checks of what a mechanism does with wires that are not what was sent: altered on the way, or malformed."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.transcript import Transcript
from privacy.boundary.wire import Wire
from privacy.errors import IntegrityError, ProtocolAborted, VeilbenchError, WireError
from privacy.mechanism import Done, Role, StepResult
from privacy.testing.bench import Bench, CheckResult, station, whole_channel, within

Mutation = Callable[[bytes], bytes]
Alteration = Callable[[list[bytes], bytes], bytes]
"""What arrives, from the wires carried before and the wire that was sent."""

_HEADER_AT = 8
_TAG_BYTES = 32
_SLOTS = 6


class TamperingChannel(Channel):
    """A channel on which one wire arrives altered: the `target`-th that it carries after `arm`."""

    def __init__(self) -> None:
        super().__init__(transcript=Transcript(sample_bytes=None))
        self.carried: list[bytes] = []
        self._alter: Alteration | None = None
        self._target = -1

    def arm(self, target: int, alter: Alteration) -> None:
        """From now on count anew; `alter` gets what was carried since, and the wire."""
        self.carried, self._target, self._alter = [], target, alter

    def transport(self, sealed: bytes) -> bytes:
        index = len(self.carried)
        self.carried.append(sealed)
        if self._alter is None or index != self._target:
            return sealed
        return self._alter(self.carried[:-1], sealed)


def _flip(sealed: bytes, place: int, bit: int = 0) -> bytes:
    altered = bytearray(sealed)
    altered[place] ^= 1 << bit
    return bytes(altered)


def check_envelope(bench: Bench) -> CheckResult:
    """A wire altered, cut, replayed or exchanged on its way is refused, and all keys are gone afterwards."""
    title = "tampering on the way detected, keys discarded"
    session, setup = bench.published()
    foreign = TamperingChannel()
    bench.run(session, bench.case.x0, channel=foreign)
    tamperings = [t for i in range(len(foreign.carried)) for t in _tamperings(i, foreign.carried[i])]
    found = [f"wire {t.target + 1}, {t.name}: {fault}" for t in tamperings for fault in _tampered_run(bench, t)]
    for target in range(len(setup.messages)):
        found += [f"set-up wire {target + 1}, flipped bit: {fault}" for fault in _tampered_setup(bench, target)]
    tried = len(tamperings) + len(setup.messages)
    if not tried:
        return CheckResult("envelope", title, None, "no wire is sent")
    return CheckResult("envelope", title, not found, "; ".join(found) or f"{tried} of {tried} alterations refused")


@dataclass(frozen=True)
class Tampering:
    """What happens to the wire at `target`. Without `alter`, the wire of an earlier run takes its place."""

    name: str
    target: int
    alter: Alteration | None


def _tamperings(target: int, foreign: bytes) -> Iterator[Tampering]:
    yield Tampering("flipped header bit", target, lambda _, s: _flip(s, _HEADER_AT))
    yield Tampering("flipped body bit", target, lambda _, s: _flip(s, len(s) - _TAG_BYTES - 1))
    yield Tampering("flipped tag bit", target, lambda _, s: _flip(s, -1))
    yield Tampering("cut short", target, lambda _, s: s[:-1])
    yield Tampering("emptied", target, lambda _, s: b"")
    yield Tampering("wire of another session", target, lambda _, s: foreign)
    yield Tampering("wire of an earlier run", target, None)
    if target:
        yield Tampering("the previous wire again", target, lambda past, _: past[-1])


def _tampered_run(bench: Bench, tampering: Tampering) -> list[str]:
    session, channel = bench.session(), TamperingChannel()
    session.publish(channel)
    alter = tampering.alter
    if alter is None:
        channel.arm(-1, lambda _, s: s)
        bench.run(session, bench.case.x0, channel=channel)
        earlier = channel.carried[tampering.target]
        alter = lambda _, s: earlier  # noqa: E731
    channel.arm(tampering.target, alter)
    try:
        bench.run(session, bench.case.x1, channel=channel)
    except IntegrityError:
        left = [p.name for p in session.endpoints if station(session, p).role.seat.keys.material()]
        return [f"refused, but {', '.join(left)} still holds keys"] if left else []
    except VeilbenchError as error:
        return [f"{type(error).__name__} instead of IntegrityError"]
    return ["accepted"]


def _tampered_setup(bench: Bench, target: int) -> list[str]:
    channel = TamperingChannel()
    channel.arm(target, lambda _, sealed: _flip(sealed, len(sealed) // 2))
    try:
        bench.session().publish(channel)
    except IntegrityError:
        return []
    return ["accepted"]


@dataclass(frozen=True)
class Slot:
    """One wire of an honest run: the `count`-th that `sender` sends, and its kind."""

    sender: Party
    count: int
    kind: str


class Meddler(Role[Any]):
    """A role that behaves as `inner`, but for the body of one wire: malformed, yet bound by a valid envelope."""

    def __init__(self, inner: Role[Any], *, count: int, mutate: Mutation) -> None:
        super().__init__(inner.seat)
        self._inner, self._target, self._mutate, self._sent = inner, count, mutate, 0

    def _pass(self, wires: Iterable[Wire]) -> list[Wire]:
        out = []
        for wire in wires:
            out.append(replace(wire, body=self._mutate(wire.body)) if self._sent == self._target else wire)
            self._sent += 1
        return out

    def publish(self) -> list[Wire]:
        return self._pass(self._inner.publish())

    def keep(self, material: Sequence[Wire]) -> None:
        self._inner.keep(material)

    def begin(self, secret: Any) -> None:
        self._inner.begin(secret)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        result = self._inner.step(round_, inbox)
        if isinstance(result, Done):
            return replace(result, wires=tuple(self._pass(result.wires)))
        return result if not isinstance(result, Iterable) else self._pass(result)

    def forget(self) -> None:
        self._inner.forget()


def check_malformed(bench: Bench) -> CheckResult:
    """A malformed body in a valid envelope is refused with a typed error or does no harm.

    A well-formed lie of a malicious party need not be detected (the adversary is semi-honest): an altered body of
    the right length may give another, well-formed output. One of the wrong length may not.
    """
    title = "malformed bodies refused with a typed error"
    outcomes: Counter[str] = Counter()
    found = []
    for slot in _slots(bench):
        for name, mutate, resized in _mutations():
            outcome = _malformed_run(bench, slot, mutate)
            harmless = outcome in ("refused", "right") or (outcome == "altered" and not resized)
            outcomes[outcome if harmless else "at fault"] += 1
            found += [] if harmless else [f"{slot.kind} from {slot.sender}, {name}: {outcome}"]
    if not outcomes:
        return CheckResult("malformed", title, None, "no wire is sent")
    words = {"altered": "well-formed lies of a server, which nothing here claims to detect"}
    total = ", ".join(f"{count} {words.get(what, what)}" for what, count in sorted(outcomes.items(), reverse=True))
    return CheckResult("malformed", title, not found, "; ".join([total, *found[:8]]))


def _slots(bench: Bench) -> list[Slot]:
    """The wires of an honest session, one for each sending role and kind."""
    session, setup = bench.published()
    _, run = bench.run(session, bench.case.x0)
    sent: Counter[Party] = Counter()
    slots: dict[tuple[str, str], Slot] = {}
    for message in (*setup.messages, *run.messages):
        slots.setdefault((message.sender.role, message.kind), Slot(message.sender, sent[message.sender], message.kind))
        sent[message.sender] += 1
    return list(slots.values())[:_SLOTS]


def _mutations() -> Iterator[tuple[str, Mutation, bool]]:
    """Name, mutation, and whether it changes the body's length."""
    yield "empty", lambda b: b"" if b else b"\0", True
    yield "cut by one byte", lambda b: b[:-1] if b else b"\0", True
    yield "cut in half", lambda b: b[: len(b) // 2] if b else b"\0\0", True
    yield "one byte longer", lambda b: b + b"\0", True
    yield "64 KiB longer", lambda b: b + bytes(65_536), True
    yield "random bytes", lambda b: secrets.token_bytes(len(b)), False
    yield "zeros", lambda b: bytes(len(b)), False
    for place in (0, 4, 8, 12, 16, 24, 32, 40):
        yield f"huge size at {place}", lambda b, p=place: _over(b, p, b"\xff\xff\xff\x7f"), False  # type: ignore[misc]
        yield f"ones at {place}", lambda b, p=place: _over(b, p, b"\xff" * 8), False  # type: ignore[misc]
    for share in (0.0, 0.01, 0.5, 1.0):
        yield f"flipped bit at {share:g} of it", lambda b, s=share: _flip_at(b, s), False  # type: ignore[misc]


def _over(body: bytes, place: int, patch: bytes) -> bytes:
    return (body[:place] + patch + body[place + len(patch) :])[: len(body)]


def _flip_at(body: bytes, share: float) -> bytes:
    return _flip(body, int(share * (len(body) - 1)), bit=6) if body else body


def _malformed_run(bench: Bench, slot: Slot, mutate: Mutation) -> str:
    session = bench.session()
    seated = station(session, slot.sender)
    seated.role = Meddler(seated.role, count=slot.count, mutate=mutate)

    def attempt() -> Any:
        session.publish(whole_channel())
        return bench.run(session, bench.case.x0)[0]

    try:
        output = within(bench.patience, attempt)
    except (WireError, ProtocolAborted):
        return "refused"
    except (VeilbenchError, TimeoutError) as error:
        return str(error)
    if bench.right(output, bench.case.x0):
        return "right"
    return "altered" if bench.well_formed(output) else "an ill-formed output"
