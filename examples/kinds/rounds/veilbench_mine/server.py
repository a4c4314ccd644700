"""A server of the sum: what it keeps from one round to the next, and what it tells the other."""

from collections.abc import Sequence

import numpy as np

from privacy.plugin import (
    COLLECTOR,
    PUBLIC,
    SHARE,
    Abort,
    AggregationTask,
    Done,
    Party,
    Role,
    Secret,
    StepResult,
    Wire,
    WireError,
    pack,
    pack_roll,
    unpack,
    unpack_roll,
)

SERVERS = (Party("aggregator", 1), Party("aggregator", 2))


class Server(Role[AggregationTask]):
    """Runs on a server. It is tolerant: a wire that was altered on its way costs its sender alone its part."""

    tolerant = True

    def begin(self, secret: Secret[object] | None) -> None:
        """Runs on a server: a new run, with nothing left of the one before."""
        super().begin(secret)
        self.shares: dict[int, np.ndarray] = {}
        self.refused: dict[str, str] = {}

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a server: in round 2 keep the shares and say whose they are, in round 3 add what both have."""
        if round_ == 2:
            for wire in inbox:
                self.admit(wire)
            arrived = pack_roll(tuple(sorted(self.shares)), self.refused)
            return [Wire(self.other, "arrived", PUBLIC, arrived)]
        return self.close(inbox) if round_ == 3 else ()

    @property
    def other(self) -> Party:
        """The other server."""
        return SERVERS[1] if self.seat.party == SERVERS[0] else SERVERS[0]

    def admit(self, wire: Wire) -> None:
        """Runs on a server: keep one share, or refuse its sender by name."""
        sender = wire.sender
        if sender is None or sender not in self.seat.task.roster:
            raise WireError("a share came from somebody who is not of the roster")
        try:
            share = unpack(wire.body, shape=(self.seat.task.length,), dtype=np.uint64)
        except WireError as error:
            self.refused[sender.name] = str(error)
            return
        self.shares.setdefault(sender.index or 0, share)

    def close(self, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a server: add the shares of those whose other share the other server has."""
        words = [wire.body for wire in inbox if wire.sender == self.other]
        if len(words) != 1:
            return Abort("the other server did not say whose shares it has")
        theirs, refused, rest = unpack_roll(words[0], self.seat.task)
        if rest:
            raise WireError("the other server's word goes on past its end")
        both = tuple(sorted(self.shares.keys() & set(theirs)))
        if len(both) < self.seat.task.minimum:
            return Abort(f"{len(both)} contributions reached both servers and {self.seat.task.minimum} are needed")
        total = sum((self.shares[i] for i in both), np.zeros(self.seat.task.length, dtype=np.uint64))
        body = pack_roll(both, {**refused, **self.refused}, body=pack(total))
        return Done(wires=(Wire(COLLECTOR, "sum-share", SHARE, body),))
