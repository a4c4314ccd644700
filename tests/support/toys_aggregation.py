"""Toy aggregations. Their cryptography is a toy: use none of it.

`MaskedSum` shows four rounds with dropouts: masks are shared among contributors (Shamir over a prime field) by
way of the aggregator, who here reads the shares, as nothing encrypts them. `PaddedSum` shows a key holder that is
not the aggregator: the collector hands out one-time pads.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.plugin import CIPHERTEXT, PUBLIC, SHARE, Abort, Done, Party, Role, Seat, StepResult, Wire, pack, unpack
from tests.support.toys import AGGREGATOR, Toy

PRIME = 2**31 - 1
COLLECTOR = Party("collector")
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class SumTask:
    contributors: int
    dims: int
    threshold: int

    @property
    def parties(self) -> tuple[Party, ...]:
        return tuple(Party("contributor", i) for i in range(1, self.contributors + 1))


class MaskedSum(Toy):
    """Exact sum of the vectors of those who stayed to round 2, if `threshold` of them stay to the end."""

    droppable = frozenset({"contributor"})

    def parties(self, task: SumTask) -> tuple[Party, ...]:
        return (*task.parties, AGGREGATOR)

    def result_parties(self, task: SumTask) -> tuple[Party, ...]:
        return (AGGREGATOR,)

    def rounds(self, task: SumTask) -> int:
        return 5

    def threshold(self, task: SumTask) -> int:
        return task.threshold

    def role(self, seat: Seat[SumTask]) -> Role[SumTask]:
        return Unmasker(seat) if seat.party == AGGREGATOR else Masker(seat)


class Masker(Role[SumTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 1:
            self.held: dict[str, Ints] = {}
            return self._share()
        self.held |= {str(w.sender): _ints(w, self.seat.task) for w in inbox if w.kind == "share"}
        if round_ == 2:
            masked = (self.secret.open(self.seat) + self.mask) % PRIME
            return [Wire(AGGREGATOR, "masked", CIPHERTEXT, pack(masked))]
        for wire in (w for w in inbox if w.kind == "survivors"):
            shares = [self.held[name] for name in wire.body.decode().split()]
            return Done(wires=(Wire(AGGREGATOR, "share-sum", SHARE, pack(sum(shares) % PRIME)),))
        return ()

    def _share(self) -> list[Wire]:
        task = self.seat.task
        self.mask, *slopes = (_field(self.seat, task.dims) for _ in range(task.threshold))
        wires = []
        for party in task.parties:
            share = self.mask
            for power, slope in enumerate(slopes, start=1):
                share = (share + slope * pow(party.index, power, PRIME)) % PRIME
            if party == self.seat.party:
                self.held[party.name] = share
            else:
                wires.append(Wire(party, "share", SHARE, pack(share), via=AGGREGATOR))
        return wires


class Unmasker(Role[SumTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 3:
            self.masked = {w.sender: _ints(w, self.seat.task) for w in inbox}
            if len(self.masked) < self.seat.task.threshold:
                return Abort(f"{len(self.masked)} contributors are left and {self.seat.task.threshold} are needed")
            survivors = " ".join(sorted(p.name for p in self.masked)).encode()
            return [Wire(party, "survivors", PUBLIC, survivors) for party in self.masked]
        if round_ == 5:
            shares = {w.sender.index: _ints(w, self.seat.task) for w in inbox}
            if len(shares) < self.seat.task.threshold:
                return Abort(f"{len(shares)} contributors are left and {self.seat.task.threshold} are needed")
            return Done((sum(self.masked.values()) - _at_zero(shares)) % PRIME)
        return ()


class PaddedSum(Toy):
    """The collector hands out pads, the aggregator adds padded vectors, the collector takes the pads off."""

    droppable = frozenset({"contributor"})

    def parties(self, task: SumTask) -> tuple[Party, ...]:
        return (*task.parties, AGGREGATOR, COLLECTOR)

    def result_parties(self, task: SumTask) -> tuple[Party, ...]:
        return (COLLECTOR,)

    def rounds(self, task: SumTask) -> int:
        return 4

    def key_holder(self, task: SumTask) -> Party:
        return COLLECTOR

    def role(self, seat: Seat[SumTask]) -> Role[SumTask]:
        return {"contributor": Padder, "aggregator": Adder, "collector": PadHolder}[seat.party.role](seat)


class Padder(Role[SumTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 1 or self.secret is None:
            return ()
        padded = (self.secret.open(self.seat) + _ints(inbox[0], self.seat.task)) % PRIME
        return Done(wires=(Wire(AGGREGATOR, "padded", CIPHERTEXT, pack(padded)),))


class Adder(Role[SumTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ < 3:
            return ()
        total = sum(_ints(w, self.seat.task) for w in inbox) % PRIME
        names = " ".join(str(w.sender) for w in inbox).encode()
        return [Wire(COLLECTOR, "who", PUBLIC, names), Wire(COLLECTOR, "total", CIPHERTEXT, pack(total))]


class PadHolder(Role[SumTask]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if round_ == 1:
            self.seat.keys.put("pads", self.seat.random.bytes(32))
            return [Wire(p, "pad", SHARE, pack(self._pad(p.name))) for p in self.seat.task.parties]
        if not inbox:
            return ()
        who, total = inbox
        pads = sum(self._pad(name) for name in who.body.decode().split())
        return Done((_ints(total, self.seat.task) - pads) % PRIME)

    def _pad(self, name: str) -> Ints:
        dims = self.seat.task.dims
        stream = hashlib.shake_256(self.seat.keys.get("pads") + name.encode()).digest(8 * dims)
        return (np.frombuffer(stream, dtype=np.uint64) % PRIME).astype(np.int64)


def _field(seat: Seat[SumTask], dims: int) -> Ints:
    return (np.frombuffer(seat.random.bytes(8 * dims), dtype=np.uint64) % PRIME).astype(np.int64)


def _ints(wire: Wire, task: SumTask) -> Ints:
    return unpack(wire.body, shape=(task.dims,), dtype=np.int64)


def _at_zero(shares: dict[int, Ints]) -> Ints:
    """Lagrange interpolation at zero, modulo PRIME."""
    total = 0
    for i, share in shares.items():
        weight = 1
        for j in shares:
            if j != i:
                weight = weight * j % PRIME * pow(j - i, -1, PRIME) % PRIME
        total = (total + share * weight) % PRIME
    return total
