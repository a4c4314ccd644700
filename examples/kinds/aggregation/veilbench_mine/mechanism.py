"""Sums in the clear: what a contributor, the aggregator and the collector each do, before anything is protected."""

from collections.abc import Sequence

import numpy as np

from privacy.plugin import (
    AGGREGATOR,
    COLLECTOR,
    PLAINTEXT,
    Abort,
    Aggregation,
    AggregationTask,
    Done,
    Guarantee,
    Party,
    Role,
    Seat,
    StepResult,
    Strength,
    Sum,
    Towards,
    Wire,
    WireError,
    check_contribution,
    pack,
    pack_roll,
    unpack,
    unpack_roll,
)


class OpenSum(Aggregation):
    """The aggregator reads every vector."""

    def contributor(self, seat: Seat[AggregationTask]) -> "Contributor":
        return Contributor(seat)

    def aggregator(self, seat: Seat[AggregationTask]) -> "Aggregator":
        return Aggregator(seat)

    def collector(self, seat: Seat[AggregationTask]) -> "Collector":
        return Collector(seat)

    def guarantee(self, task: AggregationTask) -> Guarantee:
        everything, honest = ("every vector", "who took part"), "the aggregator passes on nothing but the sum"
        text = "The collector gets the sum and no single vector."
        leaks = ("the sum", "who took part")
        return Guarantee(
            (
                Towards("aggregator", Strength.NONE, "The aggregator reads every vector.", leaks=everything),
                Towards("collector", Strength.NON_COLLUSION, text, assumption=honest, leaks=leaks),
            )
        )


class Contributor(Role[AggregationTask]):
    """Runs on a contributor."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor: send the weighted vector, int64 (length,)."""
        if self.secret is None:
            return Abort("there is nothing to contribute")
        vector = check_contribution(self.seat.task, self.seat.party, self.secret.open(self.seat))
        return Done(wires=(Wire(AGGREGATOR, "vector", self.secret.exposure, pack(vector)),))


class Aggregator(Role[AggregationTask]):
    """Runs on the aggregator. It is tolerant: a wire that was altered on its way costs its sender alone its part."""

    tolerant = True

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the aggregator: in round 2 add what is sound, refuse the rest by name, and hand on the sum."""
        if round_ < 2:
            return ()
        task = self.seat.task
        vectors, refused = dict[int, np.ndarray](), dict[str, str]()
        for wire in inbox:
            sender = wire.sender
            if sender is None or sender not in task.roster:
                raise WireError("a vector came from somebody who is not of the roster")
            try:
                vectors.setdefault(sender.index or 0, self.checked(wire, sender))
            except WireError as error:
                refused[sender.name] = str(error)
        if len(vectors) < task.minimum:
            return Abort(f"{len(vectors)} contributions came and {task.minimum} are needed")
        total = sum(vectors.values(), np.zeros(task.length, dtype=np.int64))
        body = pack_roll(tuple(sorted(vectors)), refused, body=pack(total))
        return Done(wires=(Wire(COLLECTOR, "sum", PLAINTEXT, body),))

    def checked(self, wire: Wire, sender: Party) -> np.ndarray:
        """Runs on the aggregator: the vector in a wire; WireError for what no contributor may send."""
        vector = unpack(wire.body, shape=(self.seat.task.length,), dtype=np.int64)
        most = self.seat.task.bound * self.seat.task.weight(sender)
        if vector.min() < -most or vector.max() > most:
            raise WireError(f"an entry exceeds the bound of {most} steps")
        return vector


class Collector(Role[AggregationTask]):
    """Runs on the collector: the result party."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the collector: read the sum and the roll."""
        if not inbox:
            return ()
        if [wire.sender for wire in inbox] != [AGGREGATOR]:
            raise WireError("something else came where the aggregator's sum was due")
        included, refused, rest = unpack_roll(inbox[0].body, self.seat.task)
        total = unpack(rest, shape=(self.seat.task.length,), dtype=np.int64).astype(np.int64)
        return Done(Sum(total, included, refused))
