"""The check of who hands on what: bytes that one party was sent, found in what another party gets."""

from collections import defaultdict
from collections.abc import Iterable

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.boundary.wire import Exposure
from privacy.guarantees import Strength
from privacy.testing.bench import Bench, CheckResult, Sitting
from privacy.testing.checks.keys import contains_key, readings

_HIDDEN = (Exposure.CIPHERTEXT, Exposure.SHARE)
_GAP = bytes(32)


def check_forwarded(bench: Bench) -> CheckResult:
    """No party hands on, to a party that reads it or keys it, what a holder of an input hid and sent it alone.

    Certain where it finds something: the very bytes of a ciphertext or a share that one party was sent stand in a wire
    of that party to another, who is to collude with nobody, or who holds the key. What is altered on the way, added to
    others or hidden anew cannot be found so.
    """
    title = "what one party was sent is handed on to no other"
    readers = _readers(bench)
    if not readers:
        return CheckResult("forwarded", title, None, "no two parties are kept apart, and none of them holds a key")
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
            if any(contains_key(body, secret.sample, constant=constant) for body in readings(other.sample)):
                text = f"{other.kind!r} from {to} to {other.receiver} has in it the {secret.kind!r} of {owner}"
                found.setdefault((to, other.receiver, other.kind), text)
    if not searched:
        return CheckResult("forwarded", title, None, "nobody who is sent something hidden sends anything on")
    fine = f"none of {searched} pairs of wires has the bytes of the other"
    return CheckResult("forwarded", title, not found, "; ".join(list(found.values())[:4]) or fine)


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
