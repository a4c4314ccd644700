"""The check of malformed bodies: a party sends them, in an envelope that is valid."""

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from privacy.boundary.party import Party
from privacy.boundary.wire import Exposure, Wire
from privacy.deadline import within
from privacy.errors import ProtocolAborted, VeilbenchError, WireError
from privacy.mechanism import Role
from privacy.protocol import Outcome
from privacy.testing.bench import Bench, CheckResult, station, whole_channel
from privacy.testing.checks.wire import flip
from privacy.testing.shadow import Shadow

Mutation = Callable[[bytes], bytes]

_SLOTS = 12
_EVERY = 9
_ALTERED = "altered"
_FAULTS = {"right": "taken as if it had the right length"}
_OPENED = "found when the sum was opened, too late to say whose lie it was"


@dataclass(frozen=True)
class Slot:
    """One wire of an honest run: the `count`-th that `sender` sends, its kind, and whether its receiver can read it."""

    sender: Party
    receiver: Party
    count: int
    kind: str
    opaque: bool
    usual: int = 0
    """How many wires the receiver sends in all: with more, it has refused this one and asked again."""


class Meddler(Shadow):
    """A role that behaves as `inner`, but for the body of one wire: malformed, yet bound by a valid envelope.

    Without `mutate` it changes nothing. `raised` tells whether the role has refused what it was sent with an error,
    `count` how many wires it sent.
    """

    def __init__(self, inner: Role[Any], *, count: int = -1, mutate: Mutation = bytes) -> None:
        super().__init__(inner)
        self.raised, self.count = False, 0
        self._target, self._mutate = count, mutate

    def sent(self, wires: Iterable[Wire]) -> list[Wire]:
        out = []
        for wire in wires:
            out.append(replace(wire, body=self._mutate(wire.body)) if self.count == self._target else wire)
            self.count += 1
        return out

    @contextmanager
    def doing(self, what: str) -> Iterator[None]:
        try:
            yield
        except VeilbenchError:
            self.raised |= what in ("take", "step")
            raise


def check_malformed(bench: Bench) -> CheckResult:
    """A malformed body in a valid envelope is refused with a typed error or does no harm.

    Where its sender may drop out, it must not end the run of all: the sender is refused by name and the rest is right,
    or the run aborts with a reason. A well-formed lie of a malicious party need not be detected (the adversary is
    semi-honest): an altered body of the right length may give another, well-formed output. One of the wrong length
    may not, nor be taken as if nothing were wrong with it.
    """
    title = "malformed bodies refused with a typed error"
    outcomes: Counter[str] = Counter()
    found = []
    for i, slot in enumerate(_slots(bench)):
        step = bench.some(1, remote=_EVERY)
        for name, mutate, resized in list(_mutations())[i % step :: step]:
            outcome = _malformed_run(bench, slot, mutate)
            harmless = outcome == "refused" or (outcome in ("right", _ALTERED, _OPENED) and not resized)
            outcomes[outcome if harmless else "at fault"] += 1
            found += [] if harmless else [f"{slot.kind} from {slot.sender}, {name}: {_FAULTS.get(outcome, outcome)}"]
    if not outcomes:
        return CheckResult("malformed", title, None, "no wire is sent")
    liar = "contributor or an aggregator" if bench.droppable else "server"
    words = {_ALTERED: f"well-formed lies of a {liar}, which nothing here claims to detect"}
    total = ", ".join(f"{count} {words.get(what, what)}" for what, count in sorted(outcomes.items(), reverse=True))
    return CheckResult("malformed", title, not found, "; ".join([total, *found[:8]]))


def _slots(bench: Bench) -> list[Slot]:
    """The wires of an honest session, one for each sending role and kind: of senders in this process."""
    session, setup = bench.published()
    _, run = bench.run(session, bench.case.x0)
    sent: Counter[Party] = Counter()
    slots: dict[tuple[str, str], Slot] = {}
    for message in (*setup.messages, *run.messages):
        opaque = message.exposure in (Exposure.CIPHERTEXT, Exposure.SHARE)
        slot = Slot(message.sender, message.receiver, sent[message.sender], message.kind, opaque)
        if bench.visible(session, slot.sender):
            slots.setdefault((message.sender.role, message.kind), slot)
        sent[message.sender] += 1
    return [replace(slot, usual=sent[slot.receiver]) for slot in slots.values()][:_SLOTS]


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
    return flip(body, int(share * (len(body) - 1)), bit=6) if body else body


def _malformed_run(bench: Bench, slot: Slot, mutate: Mutation) -> str:
    session = bench.session()
    seated = station(session, slot.sender)
    seated.role = Meddler(seated.role, count=slot.count, mutate=mutate)
    receiver = None
    if bench.visible(session, slot.receiver):
        receiver = Meddler(station(session, slot.receiver).role)
        station(session, slot.receiver).role = receiver

    def attempt() -> Outcome:
        session.publish(whole_channel())
        return bench.drive(session, bench.case.x0)

    try:
        outcome = within(bench.patience, attempt)
    except ProtocolAborted as error:
        return "refused" if error.what.strip() else "aborted without a reason"
    except WireError as error:
        if slot.sender not in bench.droppable:
            return "refused"
        return _OPENED if slot.opaque and not (receiver and receiver.raised) else f"it ends the run of all: {error}"
    except (VeilbenchError, TimeoutError) as error:
        return str(error)
    judged = _judged(bench, outcome)
    again = receiver is not None and receiver.count > slot.usual
    return "refused" if judged == "right" and again else judged


def _judged(bench: Bench, outcome: Outcome) -> str:
    """What became of a run that came to its end."""
    output = outcome.output
    if not bench.well_formed(output):
        return "an ill-formed output"
    if not bench.right(output, bench.case.x0):
        return _ALTERED
    named = bench.named(outcome)
    silent = bench.case.left_out(output) - named
    if silent:
        return f"{', '.join(sorted(p.name for p in silent))} left out without a word"
    return "refused" if named else "right"
