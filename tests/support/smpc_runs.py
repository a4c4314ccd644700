"""Runs of the SMPC aggregation for its tests, with parties that bend what they send."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from backends.smpc.mechanism import SmpcAggregation
from backends.smpc.plugin import SmpcParams
from privacy.boundary.channel import Channel
from privacy.boundary.transcript import Transcript
from privacy.dishonest import Bend, bent
from privacy.plugin import AggregationTask, Party, Secret, Sum, contributor
from privacy.protocol import Faults, Outcome, Session


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
    mechanism = bent(SmpcAggregation(params), bends) if bends else SmpcAggregation(params)
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
