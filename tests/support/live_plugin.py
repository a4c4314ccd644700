"""A plugin for tests of live rounds. Its two aggregations protect nothing: use none of it.

`rounds` has five rounds of contributors, as real protocols have: who is there, the vectors, who stayed. `keyed` has a
collector whose pads, published before the run, are gone once its process is.
"""

import json
from collections.abc import Sequence

import numpy as np

from privacy.plugin import (
    AGGREGATOR,
    CIPHERTEXT,
    COLLECTOR,
    PLAINTEXT,
    PUBLIC,
    Abort,
    Aggregation,
    AggregationTask,
    BackendSpec,
    Done,
    Guarantee,
    Party,
    Role,
    Seat,
    StepResult,
    Sum,
    Wire,
    check_contribution,
    contributor,
    hookimpl,
    pack,
    pack_roll,
    unpack,
    unpack_roll,
)  # fmt: skip

MODULUS = 2**61


@hookimpl
def register_backends() -> list[BackendSpec]:
    here = __name__
    return [
        BackendSpec("rounds", "Rounds", "A toy.", {"aggregation": f"{here}:Rounds"}),
        BackendSpec("keyed", "Keyed", "A toy.", {"aggregation": f"{here}:Keyed"}),
    ]


class Toy(Aggregation):
    roles: tuple[type[Role], type[Role], type[Role]]

    def contributor(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        return self.roles[0](seat)

    def aggregator(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        return self.roles[1](seat)

    def collector(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        return self.roles[2](seat)

    def guarantee(self, task: AggregationTask) -> Guarantee:
        return Guarantee.nothing_sent(towards="aggregator", statement="It is a toy.")


class Speaker(Role[AggregationTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        task = self.seat.task
        if round_ == 1:
            return [Wire(AGGREGATOR, "hello", PUBLIC, b"here")]
        if round_ == 3:
            vector = check_contribution(task, self.seat.party, self.secret.open(self.seat))
            return [Wire(AGGREGATOR, "vector", PLAINTEXT, pack(vector))]
        if round_ == 5:
            return Done(wires=(Wire(AGGREGATOR, "stayed", PUBLIC, inbox[0].body),))
        return ()


class Listener(Role[AggregationTask]):
    tolerant = True

    def begin(self, secret: object) -> None:
        self.total, self.included, self.stayed = np.zeros(self.seat.task.length, np.int64), [], 0

    def take(self, wire: Wire) -> None:
        self.total += unpack(wire.body, shape=(self.seat.task.length,), dtype=np.int64)
        self.included.append(wire.sender.index)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 2:
            return [Wire(w.sender, "go", PUBLIC, b"go") for w in inbox]
        if round_ == 4:
            names = json.dumps(self.included).encode()
            return [Wire(contributor(i), "who", PUBLIC, names) for i in self.included]
        if round_ == 6:
            if len(inbox) < self.seat.task.minimum:
                return Abort(f"{len(inbox)} stayed and {self.seat.task.minimum} are needed")
            roll = pack_roll(tuple(sorted(self.included)), {}, body=pack(self.total))
            return Done(wires=(Wire(COLLECTOR, "sum", PLAINTEXT, roll),))
        return ()


class Reader(Role[AggregationTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if not inbox:
            return ()
        included, refused, rest = unpack_roll(inbox[0].body, self.seat.task)
        return Done(Sum(unpack(rest, dtype=np.int64), included, refused))


class Rounds(Toy):
    streamed = frozenset({"vector"})
    roles = (Speaker, Listener, Reader)

    def rounds(self, task: AggregationTask) -> int:
        return 8


class Padded(Role[AggregationTask]):
    def keep(self, material: Sequence[Wire]) -> None:
        self.pad = unpack(material[0].body, dtype=np.int64)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 1:
            return ()
        vector = check_contribution(self.seat.task, self.seat.party, self.secret.open(self.seat))
        return Done(wires=(Wire(AGGREGATOR, "padded", CIPHERTEXT, pack((vector + self.pad) % MODULUS)),))


class Adder(Role[AggregationTask]):
    tolerant = True

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ < 3:
            return ()
        total = sum(unpack(w.body, dtype=np.int64) for w in inbox) % MODULUS
        roll = pack_roll(tuple(sorted(w.sender.index for w in inbox)), {}, body=pack(total))
        return Done(wires=(Wire(COLLECTOR, "sum", CIPHERTEXT, roll),))


class Keeper(Role[AggregationTask]):
    def publish(self) -> list[Wire]:
        task = self.seat.task
        draw = np.random.default_rng(list(self.seat.random.bytes(16)))
        self.pads = {p: draw.integers(0, MODULUS, task.length) for p in task.roster}
        return [Wire(p, "pad", CIPHERTEXT, pack(pad)) for p, pad in self.pads.items()]

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if not inbox:
            return ()
        included, refused, rest = unpack_roll(inbox[0].body, self.seat.task)
        total = (unpack(rest, dtype=np.int64) - sum(self.pads[contributor(i)] for i in included)) % MODULUS
        return Done(Sum(np.where(total > MODULUS // 2, total - MODULUS, total), included, refused))


class Keyed(Toy):
    roles = (Padded, Adder, Keeper)

    def rounds(self, task: AggregationTask) -> int:
        return 5

    def key_holder(self, task: AggregationTask) -> Party:
        return COLLECTOR
