"""Parties that follow a protocol but for what they send: what a malicious device does, and an honest one never."""

import copy
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from privacy.boundary.party import Party
from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.mechanism import Done, Mechanism, Role, StepResult
from privacy.primitives.aggregation import AggregationTask

Bend = Callable[[int, Wire], Iterable[Wire]]
"""What leaves a party instead of a wire that it sends in a round."""

MechanismT = TypeVar("MechanismT", bound=Mechanism[Any])


class Bent(Role[Any]):
    """A role whose wires are changed before they are sealed: their envelope is a right one."""

    def __init__(self, inner: Role[Any], bend: Bend) -> None:
        super().__init__(inner.seat)
        self.inner, self.bend, self.tolerant = inner, bend, inner.tolerant

    def publish(self) -> Iterable[Wire]:
        return self.inner.publish()

    def keep(self, material: Sequence[Wire]) -> None:
        self.inner.keep(material)

    def begin(self, secret: Secret[Any] | None) -> None:
        self.inner.begin(secret)

    def take(self, wire: Wire) -> None:
        self.inner.take(wire)

    def forget(self) -> None:
        self.inner.forget()

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the dishonest party."""
        result = self.inner.step(round_, inbox)
        if isinstance(result, Done):
            return replace(result, wires=tuple(self._bent(round_, result.wires)))
        return self._bent(round_, result) if isinstance(result, (list, tuple)) else result

    def _bent(self, round_: int, wires: Iterable[Wire]) -> list[Wire]:
        return [sent for wire in wires for sent in self.bend(round_, wire)]


class Unchecked(AggregationTask):
    """A sum as a device sees it that does not hold itself to it."""

    checked = False


def unchecked(mechanism: MechanismT, parties: Collection[Party]) -> MechanismT:
    """The mechanism with contributors who send what they like by the protocol's own code, in this process."""
    made, honest = copy.copy(mechanism), mechanism.role

    def role(seat: Seat[Any]) -> Role[Any]:
        if seat.party not in parties:
            return honest(seat)
        lax = Unchecked(**{f.name: getattr(seat.task, f.name) for f in fields(AggregationTask)})
        return honest(replace(seat, task=lax))

    made.role = role  # type: ignore[method-assign]
    return made


def bent(mechanism: MechanismT, bends: Mapping[Party, Bend]) -> MechanismT:
    """The mechanism with some parties dishonest, which have to sit in this process."""
    made, honest = copy.copy(mechanism), mechanism.role

    def role(seat: Seat[Any]) -> Role[Any]:
        found = honest(seat)
        return Bent(found, bends[seat.party]) if seat.party in bends else found

    made.role = role  # type: ignore[method-assign]
    return made
