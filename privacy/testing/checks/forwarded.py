"""The check of who hands on what: bytes that one party was sent, found in what another party gets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.boundary.wire import Exposure
from privacy.guarantees import Strength
from privacy.testing.bench import Bench, CheckResult, Sitting
from privacy.testing.checks.keys import changes, contains_key, readings

_HIDDEN = (Exposure.CIPHERTEXT, Exposure.SHARE)
_GAP = bytes(32)
_WIDTH, _PIECES = 6, 12
_READ, _LOOKED = 2**16, 24


def check_forwarded(bench: Bench) -> CheckResult:
    """No party hands on, to a party that reads it or keys it, what a holder of an input hid and sent it alone.

    Certain where it finds something: bytes of a ciphertext or a share that one party was sent stand in a wire of that
    party to another, who is to collude with nobody, or who holds the key; back to front, changed by one mask for all
    bytes, or in pieces of six bytes count too. And what was sent in one run stands in no wire of the next, which is
    another person's. What is added to others or hidden anew cannot be found so.
    """
    title = "what one party was sent is handed on to no other"
    readers = _readers(bench)
    sitting = Sitting(bench)
    first, second = (sitting.run(value, newcomers=True)[1].messages for value in (bench.case.x0, bench.case.x1))
    found, searched = dict[tuple[Party, Party, str], str](), 0
    # What stands in a run on other inputs too is the form of a wire, and no secret.
    constants = _by_slot(second)
    for secret in (m for m in first if m.exposure in _HIDDEN and m.sender in bench.case.holders):
        owner, to = secret.sender, secret.receiver
        known: dict[Party, bytes] = defaultdict(bytes)
        for m in first:
            if m.sender == owner and m.kind == secret.kind and m.receiver != to:
                known[m.receiver] += m.sample + _GAP
        for other in (m for m in first if m.sender == to and m.receiver in readers and m.receiver != owner):
            searched += 1
            constant = constants.get(_slot(secret), b"") + known[other.receiver]
            if any(_stands_in(body, secret.sample, constant=constant) for body in readings(other.sample)):
                text = f"{other.kind!r} from {to} to {other.receiver} has in it the {secret.kind!r} of {owner}"
                found.setdefault((to, other.receiver, other.kind), text)
    fault, looked = _kept_for_the_next(bench, first, second)
    found |= fault
    searched += looked
    if not searched:
        return CheckResult("forwarded", title, None, "nobody who is sent something hidden sends anything on")
    fine = f"none of {searched} pairs of wires has the bytes of the other"
    return CheckResult("forwarded", title, not found, "; ".join(list(found.values())[:4]) or fine)


def _kept_for_the_next(
    bench: Bench, first: Sequence[Message], second: Sequence[Message]
) -> tuple[dict[tuple[Party, Party, str], str], int]:
    """What holders hid in one run and computing parties send in the next, and how many pairs were looked at."""
    found, looked, held = dict[tuple[Party, Party, str], str](), 0, bench.case.holders
    secrets = [m for m in first if m.exposure in _HIDDEN and m.sender in held]
    for other in (m for m in second if m.sender not in held):
        same = b"".join(m.sample + _GAP for m in first if _slot(m) == _slot(other))
        for secret in secrets[:_LOOKED]:
            looked += 1
            # What was answered in the first run too is the form of an answer.
            if _stands_in(other.sample, secret.sample, constant=same if _alike(same, secret.sample) else b""):
                text = f"{other.kind!r} from {other.sender} to {other.receiver} has in it what {secret.sender} sent"
                found.setdefault((other.sender, other.receiver, other.kind), f"{text} in the run before")
    return found, looked


def _alike(answers: bytes, secret: bytes) -> bool:
    return _pieces(answers, secret) > 0


def _stands_in(body: bytes, secret: bytes, *, constant: bytes) -> bool:
    """Whether a telling part of a secret is in a body, as it is or changed in a simple way."""
    if contains_key(body, secret, constant=constant) or contains_key(body, secret[::-1], constant=constant):
        return True
    if contains_key(changes(body), changes(secret), constant=changes(constant)):
        return True
    return _pieces(body, secret) - (_pieces(constant, secret) if constant else 0) >= _PIECES


def _pieces(body: bytes, secret: bytes) -> int:
    """How many different stretches of six bytes a body and a secret have in common, of several values each."""
    return len(np.intersect1d(_stretches(body), _stretches(secret), assume_unique=True))


def _stretches(body: bytes) -> npt.NDArray[np.uint64]:
    raw = np.frombuffer(body[:_READ], dtype=np.uint8)
    if len(raw) < _WIDTH:
        return np.zeros(0, dtype=np.uint64)
    wide = np.lib.stride_tricks.sliding_window_view(raw, _WIDTH)
    ranked = np.sort(wide, axis=1)
    wide = wide[(ranked[:, 1:] != ranked[:, :-1]).sum(axis=1) >= _WIDTH // 2]
    weights = np.uint64(256) ** np.arange(_WIDTH, dtype=np.uint64)
    values: npt.NDArray[np.uint64] = np.unique(wide.astype(np.uint64) @ weights)
    return values


def _readers(bench: Bench) -> frozenset[Party]:
    """The computing parties who are to see no other's wires: assumed not to collude, or holding the key."""
    apart = {p for p in bench.computing if (c := bench.claim(p)) and c.strength == Strength.NON_COLLUSION}
    holder = bench.mechanism.key_holder(bench.case.task)
    return frozenset(apart | ({holder} & set(bench.computing) if holder else set()))


def _slot(message: Message) -> tuple[object, ...]:
    return message.sender, message.receiver, message.kind


def _by_slot(messages: Iterable[Message]) -> dict[tuple[object, ...], bytes]:
    found: dict[tuple[object, ...], bytes] = defaultdict(bytes)
    for m in messages:
        found[_slot(m)] += m.sample + _GAP
    return dict(found)
