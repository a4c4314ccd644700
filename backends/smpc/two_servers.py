"""Two servers that each add one additive share of every vector, modulo the prime 2^32 - 5.

A share is either 32 bytes, from which the second server expands a pad, or the vector minus that pad, for the first:
each alone is uniform. The seed goes first and the vector only to a server that knows whose seeds arrived, so that
nobody who reached one server alone gets into the sum, and no server ever holds the vectors of many.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from backends.smpc import field
from backends.smpc.collector import check_release
from backends.smpc.field import PRIME, SEED_BYTES
from backends.smpc.formats import Reader, pack_members, read_members
from backends.smpc.keys import derive, label, task_digest
from backends.smpc.masking import Ints
from backends.smpc.refusals import Refusals
from privacy.plugin import (
    COLLECTOR,
    PUBLIC,
    SHARE,
    Abort,
    AggregationTask,
    Done,
    ParamError,
    Party,
    Role,
    Secret,
    StepResult,
    Sum,
    Wire,
    WireError,
    check_contribution,
    pack,
    pack_roll,
    unpack,
    unpack_roll,
)

SERVERS = (Party("aggregator", 1), Party("aggregator", 2))
SHARE_ROUND = 4
"""When vectors are sent: the first server has learnt in the round before whose seeds the second has."""


def check_task(task: AggregationTask) -> None:
    """ParamError for a sum that the field cannot hold, or that is one contributor's vector."""
    if task.sum_bound > field.LARGEST:
        raise ParamError(
            f"a sum may reach {task.sum_bound}, and sums modulo 2^32 - 5 stay within {field.LARGEST}",
            then="lower the bound, the weights or the roster",
        )
    if task.contributors < 2:
        raise ParamError("a sum of one contributor's vector is that vector", then="ask at least two to contribute")


def pad_key(seed: bytes, task: AggregationTask, index: int) -> bytes:
    """The key of a contributor's pad, from the seed that it drew for this run."""
    return derive(seed, label("pad", task_digest(task), index))


class Splitter(Role[AggregationTask]):
    """Runs on a contributor: the seed to the second server in round 1, the rest to the first in round 4."""

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on a contributor: a fresh seed in every run."""
        super().begin(secret)
        self._seed = self.seat.random.bytes(SEED_BYTES)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on a contributor: check the vector before anything is sent, then send one share to each server."""
        if self.secret is None:
            return Abort("it has no vector to contribute")
        if round_ == 1:
            self._vector(self.secret)
            return [Wire(SERVERS[1], "seed", SHARE, self._seed)]
        if round_ < SHARE_ROUND:
            return ()
        key = pad_key(self._seed, self.seat.task, self.seat.party.index or 0)
        share = field.subtract_pad(self._vector(self.secret), key)
        self._seed, self.secret = b"", None
        return Done(wires=(Wire(SERVERS[0], "share", SHARE, pack(share)),))

    def _vector(self, private: Secret[Any]) -> Ints:
        return check_contribution(self.seat.task, self.seat.party, private.open(self.seat))


class Server(Role[AggregationTask]):
    """Runs on either server: its own refusals, and the set that both agree on."""

    tolerant = True

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on either server: a new run, with nothing left of the last one."""
        super().begin(secret)
        self._refusals = Refusals(self.seat.task.contributors)
        self._round = 0

    def _message(self, inbox: Sequence[Wire], *, kind: str) -> bytes | None:
        """The one message that the other server sent of this kind, if it did."""
        bodies = [w.body for w in inbox if w.sender in SERVERS and w.kind == kind]
        return bodies[0] if len(bodies) == 1 else None

    def _reply(self, inbox: Sequence[Wire], *, kind: str) -> tuple[int, ...] | None:
        """The set that the other server sent, if it did."""
        body = self._message(inbox, kind=kind)
        if body is None:
            return None
        reader = Reader(body, "the other server's set")
        members = read_members(reader, n=self.seat.task.contributors)
        reader.end()
        return members

    def _short(self, members: Sequence[int], did: str) -> Abort | None:
        task = self.seat.task
        if len(members) >= task.minimum:
            return None
        counts = f"{len(members)} of {task.contributors} contributors {did} and {task.minimum} are needed"
        return Abort(counts + self._refusals.summary())

    def _result(self, included: tuple[int, ...], total: field.Wide) -> Wire:
        body = pack(np.remainder(total, PRIME, out=total).astype(np.uint32))
        return Wire(COLLECTOR, "sum-share", SHARE, pack_roll(included, self._refusals.by_name(), body=body))


class Adder(Server):
    """Runs on aggregator-1: adds the vectors as they arrive, of those only whose seeds reached the other server."""

    def begin(self, secret: Secret[Any] | None) -> None:
        super().begin(secret)
        self._total = np.zeros(self.seat.task.length, dtype=np.uint64)
        self._agreed: frozenset[int] = frozenset()
        self._included: set[int] = set()

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on aggregator-1: learn in round 3 whose seeds arrived, end in round 5 with the sum of its shares."""
        self._round = round_
        closing = round_ == SHARE_ROUND + 1
        for index, body in self._refusals.admit(inbox, kind="share" if closing else "").items():
            self._add(index, body)
        if round_ == SHARE_ROUND - 1:
            agreed = self._reply(inbox, kind="arrived")
            if agreed is None:
                return Abort("the other server did not say whose seeds arrived")
            self._agreed = frozenset(agreed)
        if not closing:
            return ()
        included = tuple(sorted(self._included))
        if short := self._short(included, "reached both servers"):
            return short
        reply = Wire(SERVERS[1], "included", PUBLIC, pack_members(included, n=self.seat.task.contributors))
        return Done(wires=(reply, self._result(included, self._total)))

    def take(self, wire: Wire) -> None:
        """Runs on aggregator-1: add one share as it arrives."""
        index = self._refusals.sender(wire)
        if index is None:
            return
        if wire.kind != "share" or self._round not in (SHARE_ROUND - 1, SHARE_ROUND):
            self._refusals.add(index, f"its {wire.kind} did not come in its round")
        else:
            self._add(index, wire.body)

    def _add(self, index: int, body: bytes) -> None:
        try:
            if index not in self._agreed:
                raise WireError("its seed did not reach the other server")
            if index in self._included:
                raise WireError("it sent a second share; the first is in the sum")
            share = unpack(body, shape=(self.seat.task.length,), dtype=np.uint32)
            if int(share.max()) >= PRIME:
                raise WireError("its share has entries past the prime")
        except WireError as error:
            self._refusals.add(index, error.what)
            return
        np.add(self._total, share, out=self._total)
        self._included.add(index)


class Expander(Server):
    """Runs on aggregator-2: holds the seeds, and expands those of the contributors that both servers agree on."""

    def begin(self, secret: Secret[Any] | None) -> None:
        super().begin(secret)
        self._seeds: dict[int, bytes] = {}

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on aggregator-2: say in round 2 whose seeds arrived, end in round 6 with the sum of their pads."""
        for index, body in self._refusals.admit(inbox, kind="seed" if round_ == 2 else "").items():
            if len(body) == SEED_BYTES:
                self._seeds[index] = body
            else:
                self._refusals.add(index, f"its seed has {len(body)} bytes, not {SEED_BYTES}")
        if round_ == 2:
            if short := self._short(tuple(self._seeds), "sent a seed"):
                return short
            arrived = pack_members(self._seeds, n=self.seat.task.contributors)
            return [Wire(SERVERS[0], "arrived", PUBLIC, arrived)]
        return self._expand(inbox) if round_ == SHARE_ROUND + 2 else ()

    def _expand(self, inbox: Sequence[Wire]) -> StepResult:
        included = self._reply(inbox, kind="included")
        if included is None or not set(included) <= self._seeds.keys():
            return Abort("the other server did not say whose vectors arrived, or named others than sent a seed")
        if short := self._short(included, "reached both servers"):
            return short
        keys = [pad_key(self._seeds[i], self.seat.task, i) for i in included]
        self._seeds = {}
        return Done(wires=(self._result(included, field.sum_of_pads(keys, self.seat.task.length)),))


class Joiner(Role[AggregationTask]):
    """Runs on the collector: adds the two servers' sums, once they are over the same contributors."""

    def begin(self, secret: Secret[Any] | None) -> None:
        """Runs on the collector: a new run."""
        super().begin(secret)
        self._sums: dict[Party, bytes] = {}

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the collector: wait for both sums, then check and add them."""
        for wire in inbox:
            if wire.sender not in SERVERS or wire.kind != "sum-share" or wire.sender in self._sums:
                raise WireError("something else came where a server's sum was due")
            self._sums[wire.sender] = wire.body
        if len(self._sums) < len(SERVERS):
            return ()
        task = self.seat.task
        (first, refused, left), (second, also, right) = (unpack_roll(self._sums[s], task) for s in SERVERS)
        if first != second:
            raise WireError("the two servers added the shares of different contributors")
        total = self._joined(left, right, first)
        check_release(task.minimum, first, total, task)
        return Done(Sum(total, first, {**also, **refused}))

    def _joined(self, left: bytes, right: bytes, included: tuple[int, ...]) -> Ints:
        """The sum, int64 (length,), from the shares of both servers."""
        length = self.seat.task.length
        added = unpack(left, shape=(length,), dtype=np.uint32).astype(np.uint64)
        np.add(added, unpack(right, shape=(length,), dtype=np.uint32), out=added)
        return field.centred(added)
