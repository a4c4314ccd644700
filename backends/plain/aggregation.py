"""Aggregation in the clear: the tutorial for a carrier of sums.

Contributors send their vectors; the aggregator adds each as it arrives, so that it never holds more than one; the
collector gets the sum. Under a randomiser in the central model the aggregator's own input is the noise it adds.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.plugin import (
    AGGREGATOR,
    COLLECTOR,
    PLAINTEXT,
    RANDOMISED,
    Abort,
    Aggregation,
    AggregationTask,
    BoundaryError,
    Done,
    Guarantee,
    Role,
    Seat,
    StepResult,
    Strength,
    Sum,
    Towards,
    Wire,
    WireError,
    are_votes,
    check_contribution,
    pack,
    pack_roll,
    unpack,
    unpack_roll,
)

VECTOR, TOTAL = "vector", "sum"


class PlainAggregation(Aggregation):
    """Sums in the clear: the aggregator reads every vector."""

    streamed = frozenset({VECTOR})
    most_simulated = 100_000
    central_noise = True

    def contributor(self, seat: Seat[AggregationTask]) -> "PlainContributor":
        return PlainContributor(seat)

    def aggregator(self, seat: Seat[AggregationTask]) -> "PlainAggregator":
        return PlainAggregator(seat)

    def collector(self, seat: Seat[AggregationTask]) -> "PlainCollector":
        return PlainCollector(seat)

    def guarantee(self, task: AggregationTask) -> Guarantee:
        return Guarantee(
            (
                Towards(
                    "aggregator",
                    Strength.NONE,
                    "The aggregator reads every contribution in the clear.",
                    leaks=("every vector", "who took part"),
                ),
                Towards(
                    "collector",
                    Strength.NON_COLLUSION,
                    "The collector gets the sum and no single vector.",
                    assumption="the aggregator passes on nothing but the sum",
                    leaks=("the sum", "who took part"),
                ),
            )
        )


class PlainContributor(Role[AggregationTask]):
    """Runs on a contributor."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor: send the weighted vector, int32 or int64 (length,), as it is."""
        if self.secret is None:
            return Abort("there is nothing to contribute")
        task = self.seat.task
        vector = check_contribution(task, self.seat.party, self.secret.open(self.seat))
        body = pack(vector.astype(_width(task)))
        return Done(wires=(Wire(AGGREGATOR, VECTOR, self.secret.exposure, body),))


class PlainAggregator(Role[AggregationTask]):
    """Runs on the aggregator. Its own input, if any, is the noise that it adds to the sum."""

    tolerant = True

    def begin(self, secret: object) -> None:
        """Start a run: no sum is carried over from another."""
        self.secret = None
        self.total = np.zeros(self.seat.task.length, dtype=np.int64)
        self.included: set[int] = set()
        self.refused: dict[str, str] = {}

    def take(self, wire: Wire) -> None:
        """Runs on the aggregator: add one contribution, or refuse it by name before anything is added."""
        party = wire.sender
        if party is None or party not in self.seat.task.roster or wire.kind != VECTOR:
            raise WireError("a contribution from somebody who is not on the roster")
        index = party.index or 0
        if index in self.included:
            self.refused[party.name] = "it contributed twice; the first one counts"
            return
        try:
            self.total += self._checked(wire)
            self.included.add(index)
        except WireError as error:
            self.refused[party.name] = str(error)

    def _checked(self, wire: Wire) -> npt.NDArray[Any]:
        task = self.seat.task
        vector = unpack(wire.body, shape=(task.length,), dtype=_width(task))
        weight = task.weight(wire.sender) if wire.sender else 1
        most = task.bound * weight
        if vector.min() < -most or vector.max() > most:
            raise WireError(f"an entry exceeds the bound of {most} steps")
        if task.one_hot and ((vector % weight).any() or not are_votes(task, vector // weight)):
            raise WireError("it is not a vote: at most one entry may be 1, and the others 0")
        return vector

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the aggregator: in round 2 hand on the sum; what comes later is late."""
        for wire in inbox:
            if wire.sender is not None:
                self.refused[wire.sender.name] = "it came late"
        if round_ < 2:
            return ()
        if len(self.included) < self.seat.task.minimum:
            return Abort(f"{len(self.included)} contributions came and {self.seat.task.minimum} are needed")
        noise = self.seat.own
        total = self.total if noise is None else noise.add(self.total, self.seat)
        exposure = PLAINTEXT if noise is None else RANDOMISED
        body = pack_roll(tuple(sorted(self.included)), self.refused, body=pack(total))
        return Done(wires=(Wire(COLLECTOR, TOTAL, exposure, body),))


class PlainCollector(Role[AggregationTask]):
    """Runs on the collector: the result party."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the collector: read the sum."""
        if not inbox:
            return ()
        if inbox[0].sender != AGGREGATOR:
            raise BoundaryError("a sum came from a party other than the aggregator")
        included, refused, rest = unpack_roll(inbox[0].body, self.seat.task)
        total = unpack(rest, shape=(self.seat.task.length,), dtype=np.int64)
        return Done(Sum(total.astype(np.int64), included, refused))


def _width(task: AggregationTask) -> type[np.signedinteger]:
    """The narrower of two integer types that holds every weighted entry."""
    return np.int32 if task.bound * max(task.weights or (1,)) < 2**31 else np.int64
