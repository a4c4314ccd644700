"""The check of what no view tells: how secrets were shared out in one run, held against algebra.

A polynomial of too low a degree gives shares that look as random as any. Whoever knows the format of the wires can
say which numbers are its values; then too few of them give the others, or they do not.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.errors import BoundaryError, ProtocolAborted
from privacy.known_answers import BoundValue, DrawnNumbers, DrawnSeeds, KnownRun, MaskedVector
from privacy.protocol import Session
from privacy.shared_secret import SharedSecret, value_at
from privacy.testing.bench import TOO_FEW, Bench, CheckResult, station, whole_channel
from privacy.testing.checks.keys import WatchedBox
from privacy.testing.checks.seeded import Noted, Tape
from privacy.testing.mask_law import bound_fault, keyless, law_fault, mask_faults, seed_faults, unbound

_SLOW = 1.0
"""Seconds of a run past which there is no second one."""


def check_algebra(bench: Bench) -> CheckResult:
    """Of a shared secret one share fewer than the threshold tells nothing; masks are those of their keys and run.

    And what a claim needs drawn is drawn: an error is there, a ternary key is balanced, a seed comes from its party's
    seat in this very run. A mechanism shows these of a test run, by its hooks; one that has none says so here. Certain
    but for what is less likely than 1e-9.
    """
    title = "shares, masks and errors as declared, worked out from the keys of a test run"
    found, told, few = looked_inside(bench)
    if not told:
        text = "its mechanism shows the kit neither shares nor masks nor errors: a black box hides them"
        return CheckResult("algebra", title, None, text)
    if not found and few:
        return CheckResult("algebra", title, None, f"{TOO_FEW}fewer shares than the threshold were seen")
    return CheckResult("algebra", title, not found, "; ".join(found[:4]) or f"{' and '.join(told)} as declared")


def looked_inside(bench: Bench) -> tuple[list[str], list[str], bool]:
    """What is wrong with the inside of a test run, what was shown of it, and whether there were too few shares."""
    mechanism, task = bench.mechanism, bench.case.task
    first, messages = known_run(bench)
    shared = list(mechanism.shared_secrets(task, messages))
    answers = list(mechanism.known_answers(task, messages, first))
    found = list(dict.fromkeys(fault for one in shared if (fault := _fault(one))))
    masked = [a for a in answers if isinstance(a, MaskedVector)]
    found += mask_faults(masked)
    numbers = [a for a in answers if isinstance(a, DrawnNumbers)]
    seeds = [a for a in answers if isinstance(a, DrawnSeeds)]
    bound = [a for a in answers if isinstance(a, BoundValue)]
    found += [fault for a in numbers if (fault := law_fault(a))]
    found += seed_faults(seeds, first.drawn)
    found += list(dict.fromkeys(fault for a in bound if (fault := bound_fault(a))))
    if any(a.pairs for a in masked):
        found += _bound_to_run(bench)
        found += keyless(masked, mechanism.known_answers(task, messages, _with_other_keys(first)))
    enough = [one for one in shared if len(one.shares) >= one.threshold]
    told = [f"{len(shared)} shared secrets"] if shared else []
    told += [f"{len(masked)} masked vectors"] if masked else []
    told += [f"{len(numbers)} sets of drawn numbers"] if numbers else []
    told += [f"{sum(len(a.values) for a in seeds)} seeds"] if seeds else []
    told += [f"{len(bound)} bound values"] if bound else []
    return found, told, len(enough) < len(shared)


def _with_other_keys(run: KnownRun) -> KnownRun:
    keys = {p: {name: secrets.token_bytes(len(key)) for name, key in held.items()} for p, held in run.keys.items()}
    return replace(run, keys=keys)


def known_run(bench: Bench, *, seeds: Mapping[Party, str] | None = None) -> tuple[KnownRun, tuple[Message, ...]]:
    """A run of fresh seats with all that they put into their key boxes and drew; seeded where `seeds` names them.

    It is the second of its session, so that what one run leaves for the next is no draw of it; the first where a
    session serves no two runs, or a run is slow.
    """
    try:
        return _known_run(bench, seeds or {}, runs=2)
    except ProtocolAborted:
        return _known_run(bench, seeds or {}, runs=1)


def _known_run(bench: Bench, seeds: Mapping[Party, str], *, runs: int) -> tuple[KnownRun, tuple[Message, ...]]:
    transports = bench.place.transports(bench.computing)
    notes: dict[Party, Noted | Tape] = {p: Tape(seeds[p]) if p in seeds else Noted() for p in bench.parties}
    session: Session[Any] = Session(
        bench.mechanism, bench.case.task, bench.case.own, transports=transports, payer=bench.tab, randomness=notes
    )
    boxes = {}
    for party in session.endpoints:
        seat = station(session, party).role.seat
        seat.keys = boxes[party] = WatchedBox(seat.keys)
    session.publish(published := whole_channel())
    until = time.monotonic() + _SLOW
    for _ in range(runs):
        if time.monotonic() > until:
            break
        before = {p: len(note.drawn) for p, note in notes.items()}
        output = bench.run(session, bench.case.x0, channel=(channel := whole_channel()))[0]
    keys = {p: {name.rpartition(" ")[0] or name: key for name, key in box.ever.items()} for p, box in boxes.items()}
    drawn = {p: tuple(note.drawn[before[p] :]) for p, note in notes.items()}
    messages = (*published.transcript.messages, *channel.transcript.messages)
    return KnownRun(keys, bench.case.given(bench.case.x0), output, drawn), messages


def _bound_to_run(bench: Bench) -> list[str]:
    """Whether two contributors who drew the same secrets in two runs had the same mask: the others drew anew."""
    seeds = {p: f"one {p}" for p in bench.parties}
    try:
        first, messages = known_run(bench, seeds=seeds)
        seeds[bench.case.holders[-1]] = "another"
        other, more = known_run(bench, seeds=seeds)
    except BoundaryError:
        return []
    mechanism, task = bench.mechanism, bench.case.task
    return unbound(mechanism.known_answers(task, messages, first), mechanism.known_answers(task, more, other))


def _fault(one: SharedSecret) -> str:
    points = sorted(one.shares)
    for count in range(1, min(one.threshold, len(points))):
        few = {x: one.shares[x] for x in points[:count]}
        if value_at(points[count], few, prime=one.prime) == one.shares[points[count]]:
            return f"{count} shares of {one.name} give the others, and {one.threshold} are declared to be needed"
    enough = {x: one.shares[x] for x in points[: one.threshold]}
    if any(value_at(x, enough, prime=one.prime) != one.shares[x] for x in points[one.threshold :]):
        return f"{one.threshold} shares of {one.name} do not give the others"
    return ""
