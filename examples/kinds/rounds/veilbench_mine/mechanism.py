"""Sums over additive shares modulo 2^64, in four rounds: who takes part, and what is guaranteed towards whom."""

from collections.abc import Sequence

import numpy as np

from privacy.plugin import (
    SHARE,
    Abort,
    Aggregation,
    AggregationTask,
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
    check_contribution,
    pack,
    unpack,
    unpack_roll,
)
from veilbench_mine.server import SERVERS, Server


class SharedSum(Aggregation):
    """Two servers, each of which adds one share of every vector."""

    aggregators = SERVERS

    def contributor(self, seat: Seat[AggregationTask]) -> "Contributor":
        return Contributor(seat)

    def aggregator(self, seat: Seat[AggregationTask]) -> Server:
        return Server(seat)

    def collector(self, seat: Seat[AggregationTask]) -> "Collector":
        return Collector(seat)

    def rounds(self, task: AggregationTask) -> int:
        return 4

    def guarantee(self, task: AggregationTask) -> Guarantee:
        text = "Each server receives one share of every vector, which is uniformly random on its own."
        apart = "the two servers do not collude, and neither reads the other's messages; both are semi-honest"
        seen = ("who took part, and when",)
        rows = [Towards(s.name, Strength.NON_COLLUSION, text, apart, leaks=seen, collusion=2) for s in SERVERS]
        total = "The collector receives two shares of the sum, and no single vector."
        sends = "the servers send it nothing but their two sums; both are semi-honest"
        rows.append(Towards("collector", Strength.NON_COLLUSION, total, sends, leaks=("the sum", "who took part")))
        return Guarantee(tuple(rows))


class Contributor(Role[AggregationTask]):
    """Runs on a contributor."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor, in round 1 alone: one share of the vector, uint64 (length,), to each server."""
        if self.secret is None:
            return Abort("there is nothing to contribute")
        task, party = self.seat.task, self.seat.party
        vector = check_contribution(task, party, self.secret.open(self.seat)).astype(np.uint64)
        first = np.frombuffer(self.seat.random.bytes(vector.nbytes), dtype=np.uint64)
        shares = zip(SERVERS, (first, vector - first), strict=True)
        return Done(wires=tuple(Wire(server, "share", SHARE, pack(share)) for server, share in shares))


class Collector(Role[AggregationTask]):
    """Runs on the collector: the result party."""

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the collector: in round 4 join the two sums, if they are over the same contributors."""
        if round_ < 4:
            return ()
        task, sums = self.seat.task, {wire.sender: wire.body for wire in inbox}
        if set(sums) != set(SERVERS):
            return Abort("a server's sum did not come")
        (first, refused, left), (second, also, right) = (unpack_roll(sums[server], task) for server in SERVERS)
        if first != second:
            raise WireError("the two servers added the shares of different contributors")
        parts = [unpack(part, shape=(task.length,), dtype=np.uint64) for part in (left, right)]
        return Done(Sum(np.add(*parts).view(np.int64), first, {**also, **refused}))
