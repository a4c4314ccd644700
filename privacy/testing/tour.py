"""Runs that several checks share: each of a case's unlike inputs twice, and one flat input many times over.

What is made once is kept with the bench, so that outputs, lengths and words are looked at in the same runs.
"""

import math
import time
from dataclasses import dataclass, field
from typing import Any

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.errors import ProtocolAborted, VeilbenchError
from privacy.guarantees import Strength
from privacy.testing.bench import Bench, Sitting
from privacy.testing.case import Array
from privacy.testing.hidden_words import Bodies, hidden_bodies
from privacy.testing.seeds import global_seeds

Shape = tuple[tuple[object, ...], ...]

_SECONDS = 7.0
"""About how long a tour takes: a slow backend is shown every so manieth of the inputs."""
_LEAST, _BRIEF = 8, 8
_BASE = 10
_RUNS, _PERSONS = 6, 3
_RUNS_MOST, _FLAT_SECONDS = 200, 2.0
"""Runs on the flat input, if they take no longer: of so many some have their mask in common if masks are few."""


@dataclass(frozen=True)
class Leg:
    """One run of the tour: its input, how far the output lies off, the forms of its wires, and what they hide."""

    value: Array
    off: float
    left_out: frozenset[Party]
    shape: Shape
    bodies: Bodies


@dataclass
class Tour:
    """All legs by input; `usual` are those on random inputs, `left_out` the inputs that there was no time for."""

    usual: list[Leg] = field(default_factory=list)
    special: list[tuple[Leg, Leg]] = field(default_factory=list)
    flat: list[Leg] = field(default_factory=list)
    left_out: int = 0


def form(message: Message) -> tuple[object, ...]:
    """What of a wire may not depend on the private input."""
    parties = (message.sender, message.receiver, message.via)
    return (*parties, message.round, message.kind, message.exposure, message.bytes)


def tour_of(bench: Bench) -> Tour:
    """The tour of this bench, made the first time that a check wants it."""
    name = f"tour {bench.place.name}"
    if name not in bench.kept:
        bench.kept[name] = _tour(bench)
    found: Tour = bench.kept[name]
    return found


def _tour(bench: Bench) -> Tour:
    tour, sitting = Tour(), Sitting(bench)
    began = time.monotonic()
    for value in bench.secrets(_BASE):
        tour.usual.append(leg(bench, sitting, value, newcomers=True))
    pace = (time.monotonic() - began) / _BASE
    inputs = list(bench.case.places)
    seconds = _SECONDS / (_BRIEF if bench.brief else 1)
    most = max(_LEAST, int(seconds / 2 / max(pace, 1e-9)))
    step = -(-len(inputs) // most)
    tour.left_out = len(inputs) - len(inputs[::step])
    for value in inputs[::step]:
        first, second = leg(bench, sitting, value, newcomers=True), leg(bench, sitting, value, newcomers=True)
        tour.special.append((first, second))
    often = min(_RUNS_MOST, int(_FLAT_SECONDS / (_BRIEF if bench.brief else 1) / 2 / max(pace, 1e-9)))
    tour.flat = flat_legs(bench, runs=max(_RUNS, often))
    return tour


def flat_legs(bench: Bench, *, runs: int = _RUNS, persons: int = _PERSONS) -> list[Leg]:
    """Runs on a flat input: many of one session, several persons one after the other, and two sessions in turns.

    The generators that a process shares are seeded alike before: what follows them comes again.
    """
    value, found = bench.case.flat, list[Leg]()
    sittings = []
    with global_seeds() as reset:
        for _ in range(2):
            reset()
            sittings.append(Sitting(bench))
        try:
            for _ in range(runs):
                found += [leg(bench, one, value) for one in sittings]
            for _ in range(persons):
                found += [leg(bench, one, value, newcomers=True) for one in sittings]
        except ProtocolAborted:
            raise
        except VeilbenchError:
            # A backend may refuse what is admitted and odd.
            return []
    return found


def leg(bench: Bench, sitting: Sitting, value: Any, *, newcomers: bool = False) -> Leg:
    """One run on one input."""
    outcome, transcript = sitting.run(value, newcomers=newcomers)
    messages = transcript.messages
    off = bench.distance(outcome.output, value)
    left_out = bench.case.left_out(outcome.output) if math.isfinite(off) else frozenset[Party]()
    shape = tuple(form(m) for m in messages if m.phase == "run")
    return Leg(value, off, left_out, shape, hidden_bodies(messages, bench.case.holders, guarded(bench)))


def guarded(bench: Bench) -> frozenset[Party]:
    """The computing parties from whom inputs are hidden by a claim."""
    claims = {p: bench.claim(p) for p in bench.computing}
    return frozenset(p for p, c in claims.items() if c is not None and c.strength >= Strength.COMPUTATIONAL)
