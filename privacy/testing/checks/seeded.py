"""The check of where a mechanism's randomness comes from: from a seeded source in test mode, or from elsewhere."""

import hashlib

from privacy.boundary.party import Party
from privacy.boundary.seat import OsRandomness
from privacy.boundary.transcript import Message
from privacy.boundary.wire import Exposure
from privacy.errors import BoundaryError
from privacy.guarantees import Strength
from privacy.protocol import Session
from privacy.testing.bench import Bench, CheckResult, whole_channel

_ENOUGH = 16
_TELLING = 8
_HIDDEN = (Exposure.CIPHERTEXT, Exposure.SHARE, Exposure.EVALUATION_KEY)


class Tape:
    """A seeded source of random bytes that remembers what was drawn. It says of itself that it is seeded."""

    seeded = True

    def __init__(self, seed: str) -> None:
        self._seed, self.drawn = seed, list[bytes]()

    def bytes(self, count: int) -> bytes:
        name = f"{self._seed} {len(self.drawn)}".encode()
        self.drawn.append(hashlib.shake_256(name).digest(count))
        return self.drawn[-1]


class Noted(OsRandomness):
    """The operating system's generator, with a note of all that was drawn."""

    def __init__(self) -> None:
        self.drawn = list[bytes]()

    def bytes(self, count: int) -> bytes:
        self.drawn.append(super().bytes(count))
        return self.drawn[-1]


Tapes = dict[Party, Tape]


def _run(bench: Bench, seed: str, value: object) -> tuple[list[Message], Tapes]:
    """The wires of fresh seeded seats, and what they drew."""
    tapes = {p: Tape(f"{seed} {p}") for p in bench.parties}
    session = Session(bench.mechanism, bench.case.task, bench.case.own, randomness=tapes, payer=bench.tab)
    channel = whole_channel()
    session.publish(channel)
    bench.run(session, value, channel=channel)
    return list(channel.transcript.messages), tapes


def _bodies(messages: list[Message]) -> list[tuple[Party, str, bytes]]:
    return [(m.sender, m.kind, m.sample) for m in messages]


def check_seeded(bench: Bench) -> CheckResult:
    """From seeded seats two runs are the same, byte for byte; then what was drawn and never sent must make a key.

    Only in test mode: without a seed nothing may repeat, which `fresh` checks. A mechanism that draws from the
    operating system itself differs, which is no fault, and its bytes cannot be counted.
    """
    title = "seeded in test mode, with enough secret randomness"
    try:
        first, tapes = _run(bench, "one", bench.case.x0)
    except BoundaryError as error:
        return CheckResult("seeded", title, True, f"a seeded seat is refused: {error}")
    again = _run(bench, "one", bench.case.x0)[0]
    differing = next((a[0] for a, b in zip(_bodies(first), _bodies(again), strict=False) if a != b), None)
    if differing or len(first) != len(again):
        who = differing or "a party"
        text = f"two seeded runs differ, first in what {who} sends: it draws from the operating system itself"
        return CheckResult("seeded", title, None, text)
    drawn = sum(len(b) for t in tapes.values() for b in t.drawn)
    if not drawn:
        return CheckResult("seeded", title, None, "no party draws a random byte, and two runs are the same")
    other = _run(bench, "one", bench.case.x1)[0]
    found = [fault for p in bench.computing for fault in _exposed(bench, p, first, other, tapes)]
    fine = f"two seeded runs are the same byte for byte; all {drawn} random bytes come from the seats, and say so"
    return CheckResult("seeded", title, not found, "; ".join(found) or fine)


def _exposed(bench: Bench, party: Party, first: list[Message], other: list[Message], tapes: Tapes) -> list[str]:
    """What is wrong if `party` knows all randomness behind wires that depend on the input: it could try each input.

    This is certain, no statistics: the seeded wires with one input and with another differ, and all that was drawn
    for them, but for a few bytes, is in what the party was sent.
    """
    claim = bench.claim(party)
    if claim is None or claim.strength != Strength.COMPUTATIONAL:
        return []
    seen = [[m for m in run if party in (m.receiver, m.via) and m.sender != party] for run in (first, other)]
    ciphered = [[m.sample for m in side if m.exposure in _HIDDEN] for side in seen]
    if ciphered[0] == ciphered[1]:
        return []
    reply = b"\0".join(m.sample for m in seen[0])
    drawn = [b for p, t in tapes.items() if p != party for b in t.drawn]
    hidden = sum(len(b) for b in drawn if len(b) < _TELLING or b not in reply)
    if hidden >= min(_ENOUGH, (claim.security_bits or 128) // 8):
        return []
    total = sum(map(len, drawn))
    return [f"of {total} random bytes drawn, all but {hidden} are in wires to {party}: too little is left for a key"]
