"""The case of aggregation: a few contributors, small vectors, two assignments of equal sum."""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, View
from privacy.boundary.wire import PLAINTEXT
from privacy.errors import VeilbenchError
from privacy.guarantees import Strength
from privacy.mechanism import Mechanism
from privacy.primitives.aggregation import COLLECTOR, AggregationTask, Sum, contributor, reference
from privacy.testing.case import Array, Case

CONTRIBUTORS, LENGTH, BOUND, MINIMUM = 8, 24, 20_000, 3
WEIGHTS = (2, 1, 3, 1, 1, 1, 1, 1)
SHARES = 3
_ENTRIES, _STEPS, _ANSWERS = 3, 1000, 4
_SEED = 20_240_515
_TOGETHER = 4
_KINDS = 8
_GROUPS = 12


@dataclass(frozen=True)
class SumCase(Case):
    """Inputs of an aggregation: int64 (contributors, length), one row for each of the roster.

    The two inputs of the game have equal sums, and differ in the last two contributors only: whoever is with the
    observer, from the first contributor on, has the same vectors in both. `bad` are vectors of one contributor.
    """

    @property
    def holders(self) -> tuple[Party, ...]:
        roster: tuple[Party, ...] = self.task.roster
        return roster

    def given(self, value: Any) -> dict[Party, Any]:
        return dict(zip(self.holders, value, strict=True))

    def reference(self, secret: Array, included: Iterable[int] | None = None) -> Array:
        """The weighted sum over `included`, or over all."""
        held = self.given(secret)
        indices = included if included is not None else (p.index or 0 for p in held)
        return reference(self.task, {contributor(i): held[contributor(i)] for i in indices})

    def distance(self, output: Any, value: Any) -> float:
        """The largest difference from the sum over exactly those that the output says are in it."""
        if not self.well_formed(output):
            return float("inf")
        result = Sum.of(output)
        expected = self.reference(np.asarray(value).astype(np.int64), result.included)
        return float(np.abs(result.total.astype(np.float64) - expected).max(initial=0.0))

    def well_formed(self, output: Any) -> bool:
        """Whether an output is a sum over some of the roster, who are named once and in order."""
        try:
            result = Sum.of(output)
        except VeilbenchError:
            return False
        whole = result.total.shape == (self.task.length,) and np.asarray(output[0]).dtype.kind in "iu"
        ordered = list(result.included) == sorted(set(result.included))
        return whole and ordered and set(result.included) <= set(range(1, self.task.contributors + 1))

    def left_out(self, output: Any) -> frozenset[Party]:
        return frozenset(self.holders) - {contributor(i) for i in Sum.of(output).included}

    def refused(self, output: Any) -> frozenset[Party]:
        named = Sum.of(output).refused
        return frozenset(p for p in self.holders if str(named.get(p.name, "")).strip())

    def coalitions(self, mechanism: Mechanism[Any]) -> list[Collection[Party]]:
        """Every aggregator that claims something, with contributors who may collude with it, and contributors alone.

        Of them there are up to one fewer than `threshold`, and at least two stay honest: of one alone the sum would
        tell all. Aggregators who are assumed not to collude stand alone, or as many together as may be; the others
        stand together. The largest coalition comes first.
        """
        most = max(0, min(mechanism.threshold(self.task) - 1, len(self.holders) - 2))
        guarantee, together, apart = mechanism.guarantee(self.task), [], dict[int, list[Party]]()
        for party in mechanism.parties(self.task):
            if party in self.holders or party == COLLECTOR:
                continue
            claim = guarantee.observer(party.name) or guarantee.observer(party.role)
            if claim is not None and claim.strength == Strength.COMPUTATIONAL:
                together.append(party)
            elif claim is not None and claim.strength == Strength.NON_COLLUSION:
                apart.setdefault(claim.collusion, []).append(party)
        groups: list[tuple[Party, ...]] = [tuple(together)] if together else []
        for n, parties in apart.items():
            sizes = range(min(max(1, n - 1), len(parties)), 0, -1)
            groups += [group for size in sizes for group in combinations(parties, size)][:_GROUPS]
        found: list[Collection[Party]] = [(*group, *self.holders[:most]) for group in groups if most or len(group) > 1]
        found += [self.holders[:most]] if most and groups else []
        return found + [(*group, *self.holders[:size]) for size in range(most - 1, 0, -1) for group in groups[:1]]

    def readings(self, view: View, outputs: Mapping[Party, Any]) -> list[View]:
        """What was sent by one of the two contributors who differ, a few kinds at a time; then all that was seen.

        Features describe four messages, and those of eight contributors would drown what matters.
        """
        everything = replace(view, messages=(*view.messages, *(_reply(p, o) for p, o in outputs.items())))
        kinds: dict[str, Message] = {}
        for message in view.messages:
            if message.sender == self.holders[-2]:
                kinds.setdefault(message.kind, message)
        reply = tuple(kinds.values())[:_KINDS]
        parts = [reply[i : i + _TOGETHER] for i in range(0, len(reply), _TOGETHER)]
        return [everything, *(replace(view, messages=part) for part in parts)]


def _reply(party: Party, output: Any) -> Message:
    """An output as one more message, to the party who got it."""
    total, included, refused = Sum.of(output)
    body = total.astype("<i8").tobytes() + json.dumps([included, sorted(refused.items())]).encode()
    return Message(0, "run", 0, 0, party, party, None, "output", PLAINTEXT, len(body), len(body), "", body)


def sum_case(task: AggregationTask | None = None) -> SumCase:
    """The case of `task`, or of the kit's own: eight contributors with public weights."""
    task = task or AggregationTask(CONTRIBUTORS, LENGTH, BOUND, MINIMUM, WEIGHTS)
    rng = np.random.default_rng(_SEED)
    shape, bound = (task.contributors, task.length), task.bound

    def draw(r: np.random.Generator) -> Array:
        return r.integers(-bound, bound, shape, endpoint=True)

    x0, x1 = _alike(task, draw(rng))
    small = np.clip(x0, -100, 100)
    return SumCase(
        primitive="aggregation",
        task=task,
        own={},
        x0=x0,
        x1=x1,
        extremes=(x0, x1, np.full(shape, bound), np.full(shape, -bound), np.zeros(shape, dtype=np.int64)),
        edges=(small.astype(np.int8), np.abs(small).astype(np.uint8), x0.astype(np.int32), x0.astype(">i8")),
        bad=bad_contributions(task, x0[2]),
        draw=draw,
        compute=lambda value: reference(task, dict(zip(task.roster, value, strict=True))),
        telling=_telling(task, x0),
        places=tuple(_alone(task, place) for place in range(max(task.length, task.contributors))),
        spoil=lambda good: bad_contributions(task, good),
    )


def _telling(task: AggregationTask, rows: Array) -> tuple[Array, ...]:
    """Equal halves, the same row from all, and one place alone: of one contributor, and of all."""
    first = np.arange(task.length) == 0
    halves = rows.copy()
    halves[:, task.length // 2 :] = halves[:, : task.length - task.length // 2]
    alone = np.zeros_like(rows)
    alone[-1, -1] = task.bound
    return halves, np.repeat(rows[:1], len(rows), axis=0), alone, np.where(first, task.bound, np.zeros_like(rows))


def _alone(task: AggregationTask, place: int) -> Array:
    """One entry of one contributor, at the end of the range: both go round."""
    rows = np.zeros((task.contributors, task.length), dtype=np.int64)
    rows[place % task.contributors, place % task.length] = task.bound if place % 2 else -task.bound
    return rows


def _alike(task: AggregationTask, rows: Array) -> tuple[Array, Array]:
    """Two inputs of equal sum that differ in sign and size, in the last two rows only; their weights are equal."""
    rng = np.random.default_rng(_SEED + 1)
    vector = rng.integers(task.bound // 2, task.bound, task.length, endpoint=True)
    # More positive than negative entries, so that the count of signs differs between the inputs too.
    vector[: task.length // 4] *= -1
    half = vector // 2
    return np.vstack([rows[:-2], vector, -vector]), np.vstack([rows[:-2], -half, half])


def bad_contributions(task: AggregationTask, good: Array) -> dict[str, Any]:
    """What no contributor may send, by name."""
    first, floats = np.arange(task.length) == 0, good.astype(np.float64)
    return {
        "NaN": np.where(first, np.nan, floats),
        "infinity": np.where(first, np.inf, floats),
        "floats": floats + 0.5,
        "nothing": None,
        "text": "a vector",
        "objects": good.astype(object),
        "empty": good[:0],
        "one entry short": good[:-1],
        "one entry long": np.append(good, 0),
        "two axes": good[None, :],
        "very long": np.ones(1_000_000, dtype=np.int64),
        "past the bound": np.where(first, task.bound + 1, good),
        "past the negative bound": np.where(first, -task.bound - 1, good),
        # Its absolute value overflows to itself, so that it slips below a bound on np.abs.
        "the least int64": np.where(first, np.iinfo(np.int64).min, good),
        "unsigned that wraps": np.full(task.length, np.iinfo(np.uint64).max, dtype=np.uint64),
    }


def _corners(full: Array) -> tuple[Array, ...]:
    """One entry alone, at the end of the range, in every place; and as little as there is."""
    return (*(np.where(np.arange(len(full)) == place, full, 0) for place in range(len(full))), np.sign(full))


def votes_case() -> Case:
    """One contributor's vote on one question, for sums of votes."""
    task = AggregationTask(SHARES + 1, _ANSWERS, 1, minimum=2, one_hot=_ANSWERS)
    votes = np.eye(_ANSWERS, dtype=np.int64)
    return Case(
        primitive="aggregation",
        task=task,
        own={},
        x0=votes[0],
        x1=votes[1],
        extremes=tuple(votes),
        edges=(),
        bad={"two votes": votes[0] + votes[1]},
        draw=lambda r: votes[r.integers(_ANSWERS)],
        compute=lambda value: value,
    )


def contribution_case() -> Case:
    """One contributor's vectors, in a task of few entries: the game needs many sums. A unit is a thousand steps."""
    task = AggregationTask(SHARES + 1, _ENTRIES, BOUND, minimum=2, unit=1 / _STEPS)
    x0 = np.array([_STEPS, -_STEPS // 2, 3], dtype=np.int64)
    full = np.full(_ENTRIES, BOUND, dtype=np.int64)
    return Case(
        primitive="aggregation",
        task=task,
        own={},
        x0=x0,
        x1=-x0,
        extremes=(full, -full, np.zeros(_ENTRIES, dtype=np.int64), *_corners(full)),
        edges=(x0.astype(np.int16), np.abs(x0).astype(np.uint16)),
        bad=bad_contributions(task, x0),
        draw=lambda r: r.integers(-BOUND, BOUND, _ENTRIES, endpoint=True),
        compute=lambda value: value,
    )
