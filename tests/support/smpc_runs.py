"""Runs of the SMPC aggregation for its tests, with parties that bend what they send."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from backends.smpc.mechanism import SmpcAggregation
from backends.smpc.plugin import SmpcParams
from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.plugin import AggregationTask, Done, Party, Role, Seat, Secret, StepResult, Sum, Wire, contributor
from privacy.protocol import Faults, Outcome, Session

Bend = Callable[[int, Wire], Iterable[Wire]]
"""What leaves a party instead of a wire that it sends in a round."""


class Bent(Role[Any]):
    """A party that follows the protocol but for what it sends."""

    def __init__(self, inner: Role[Any], bend: Bend) -> None:
        super().__init__(inner.seat)
        self.inner, self.bend, self.tolerant = inner, bend, inner.tolerant

    def begin(self, secret: Secret[Any] | None) -> None:
        self.inner.begin(secret)

    def take(self, wire: Wire) -> None:
        self.inner.take(wire)

    def forget(self) -> None:
        self.inner.forget()

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        result = self.inner.step(round_, inbox)
        if isinstance(result, Done):
            return replace(result, wires=tuple(self._bent(round_, result.wires)))
        return self._bent(round_, result) if isinstance(result, (list, tuple)) else result

    def _bent(self, round_: int, wires: Iterable[Wire]) -> list[Wire]:
        return [sent for wire in wires for sent in self.bend(round_, wire)]


class BentAggregation(SmpcAggregation):
    """The mechanism with some parties bent."""

    def __init__(self, params: SmpcParams, bends: Mapping[Party, Bend]) -> None:
        super().__init__(params)
        self.bends = bends

    def role(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        made = super().role(seat)
        return Bent(made, self.bends[seat.party]) if seat.party in self.bends else made


def body(kind: str, change: Callable[[bytes], bytes]) -> Bend:
    """Change the body of one kind of wire."""
    return lambda round_, wire: [replace(wire, body=change(wire.body)) if wire.kind == kind else wire]


def inputs(task: AggregationTask, *, seed: int = 7) -> dict[Party, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {p: rng.integers(-task.bound, task.bound + 1, task.length) for p in task.roster}


def session(
    task: AggregationTask,
    *,
    scheme: str = "masks",
    bends: Mapping[Party, Bend] | None = None,
    neighbours: int = 0,
    **rest: Any,
) -> Session[AggregationTask]:
    params = SmpcParams(scheme=scheme, neighbours=neighbours)
    mechanism = BentAggregation(params, bends) if bends else SmpcAggregation(params)
    return Session(mechanism, task, rest.pop("own", {}), **rest)


def whole() -> Channel:
    return Channel(transcript=Transcript(sample_bytes=None))


def drive(
    made: Session[AggregationTask],
    values: Mapping[Party, Any],
    *,
    drops: Mapping[Party, int] | None = None,
    delays: Mapping[tuple[Party, int], int] | None = None,
    channel: Channel | None = None,
) -> Outcome:
    secrets = {p: Secret(v, owner=p) for p, v in values.items()}
    return made.run(secrets, channel or whole(), faults=Faults(drops=drops or {}, delays=delays or {}))


def run(task: AggregationTask, *, drops=None, delays=None, **how: Any) -> tuple[Sum, Outcome]:
    """Run once; the sum must be exactly that of the contributors who are in it."""
    values = inputs(task)
    outcome = drive(session(task, **how), values, drops=drops, delays=delays)
    out = Sum.of(outcome.output)
    expected = sum(values[contributor(i)] * task.weight(contributor(i)) for i in out.included)
    assert np.array_equal(out.total, expected)
    return out, outcome


def silent(count: int, *rounds: int) -> dict[Party, int]:
    """The first `count` contributors fall silent, in these rounds in turn."""
    return {contributor(i + 1): rounds[i % len(rounds)] for i in range(count)}
