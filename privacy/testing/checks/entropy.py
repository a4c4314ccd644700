"""The check of how much a run draws from the operating system: a secret of a few bits is found by trying them all."""

import math
from typing import Any

import numpy as np

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength, Towards
from privacy.primitives.aggregation import AggregationTask
from privacy.primitives.lookup import LookupTask
from privacy.primitives.scoring import ScoringTask
from privacy.testing.bench import Bench, CheckResult, whole_channel
from privacy.testing.case import Array
from privacy.testing.drawing import Drawing, Draws, drawing
from privacy.testing.hidden_words import HIDDEN
from privacy.testing.shadow import shadow_all

_NEEDED = 16
"""Bytes: 128 bits, below which no computational claim can be."""
_TELLING = 8
_TRIED = 400


def check_entropy(bench: Bench) -> CheckResult:
    """A run draws at least 128 bits anew that its observer is not sent, and that matter to what it is sent.

    Where a claim is statistical (it names no security level), and what the observer is sent depends on the input, as
    many bits as the input has. Counted in this process, wherever in the code they are drawn. A nonce that is sent along
    hides nothing, nor does a byte that changes nothing when it is another: tried where runs can be played again.
    """
    title = "enough fresh bits behind what is hidden"
    claims = {p: c for p in bench.computing if (c := bench.claim(p)) and c.strength in _KEYED}
    if not claims:
        return CheckResult("entropy", title, None, "nothing is claimed that rests on a secret")
    # What a process draws once, as it loads a library, is no part of it.
    bench.run(bench.published()[0], bench.case.x0)
    draws, messages = _run(bench, bench.case.x0)
    if not draws.made:
        text = "no draw is seen: a library in C draws by itself, or nothing is drawn, which `fresh` finds"
        return CheckResult("entropy", title, None, text)
    taped, first = _run(bench, bench.case.x0, tape="one")
    same = [m.sample for m in _run(bench, bench.case.x0, tape="one")[1]] == [m.sample for m in first]
    other = _run(bench, bench.case.x1, tape="one")[1] if same else ()
    found, least = list[str](), 0
    for party, claim in claims.items():
        sent = _sent(bench, party, messages)
        if not sent:
            continue
        bodies = b"\0".join(m.sample for m in messages if party in (m.receiver, m.via) and m.sender != party)
        hidden = sum(len(value) for value in draws.made if len(value) < _TELLING or value not in bodies)
        depends = _sent(bench, party, first) != _sent(bench, party, other) if same else False
        needed = _needed(bench, claim) if depends or claim.strength == Strength.COMPUTATIONAL else 0
        least = min(least or hidden, hidden)
        if hidden < needed:
            found.append(f"{hidden} bytes are drawn that {party} is not sent, {needed} are needed")
        elif needed and depends and (matter := _mattering(bench, party, taped, first)) < _NEEDED:
            found.append(f"{matter} bytes of all that is drawn matter to what {party} is sent, {_NEEDED} are needed")
    fine = f"{least} bytes or more are drawn from the operating system, that the kit sees, and sent to no observer"
    fine += ", and 16 of them matter" if same else "; whether all matter is not seen, as runs cannot be played again"
    return CheckResult("entropy", title, not found if least or found else None, "; ".join(found) or fine)


_KEYED = (Strength.COMPUTATIONAL, Strength.NON_COLLUSION)


def _run(bench: Bench, value: Array, *, tape: str = "", change: int = -1) -> tuple[Draws, tuple[Message, ...]]:
    """Fresh seats, their set-up and one run: what was drawn, and what was carried."""
    with drawing(Draws(tape=tape, change=change)) as draws:
        with draws.act():
            session = bench.session()
        shadow_all(session, lambda role: Drawing(role, draws))
        session.publish(channel := whole_channel())
        bench.run(session, value, channel=channel)
    return draws, tuple(channel.transcript.messages)


def _sent(bench: Bench, party: Party, messages: tuple[Message, ...]) -> list[bytes]:
    """What holders of inputs sent hidden to a party in a run."""
    held = bench.case.holders
    mine = [m for m in messages if party in (m.receiver, m.via) and m.sender in held and m.phase == "run"]
    return [m.sample for m in mine if m.exposure in HIDDEN]


def _mattering(bench: Bench, party: Party, taped: Draws, first: tuple[Message, ...]) -> int:
    """How many bytes of all that is drawn change what a party is sent hidden: at least `_NEEDED`, or all of them.

    Of more than can be tried, every so manieth is.
    """
    usual, bodies = _sent(bench, party, first), b"\0".join(m.sample for m in first if party in (m.receiver, m.via))
    places, start = list[int](), 0
    for value in taped.made:
        if len(value) < _TELLING or value not in bodies:
            places += range(start, start + len(value))
        start += len(value)
    found = 0
    for place in places[:: -(-len(places) // _TRIED)]:
        try:
            found += _sent(bench, party, _run(bench, bench.case.x0, tape="one", change=place)[1]) != usual
        except VeilbenchError:
            found += 1
        if found >= _NEEDED:
            break
    return found


def _needed(bench: Bench, claim: Towards) -> int:
    """Bytes that must be drawn: those of the security level, or where there is none those of all inputs together."""
    if claim.strength == Strength.COMPUTATIONAL or claim.security_bits:
        return max(_NEEDED, math.ceil((claim.security_bits or 0) / 8))
    return math.ceil(_input_bits(bench.case.task) / 8)


def _input_bits(task: Any) -> float:
    if isinstance(task, LookupTask):
        return float(task.count * np.log2(task.items))
    if isinstance(task, ScoringTask):
        return float(task.dims * np.log2(2 * task.bound + 1))
    if isinstance(task, AggregationTask):
        return float(task.contributors * task.length * np.log2(2 * task.bound + 1))
    return 8.0 * _NEEDED
