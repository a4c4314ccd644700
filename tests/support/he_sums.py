"""What tests of sums under HE share: a task, its vectors, and a session with its whole transcript."""

import numpy as np
import pytest

from backends.he.aggregation.mechanism import HeAggregation
from backends.he.plugin import HeParams
from privacy.boundary.channel import Channel
from privacy.boundary.secret import Secret
from privacy.boundary.transcript import Transcript
from privacy.plugin import AGGREGATOR, COLLECTOR, AggregationTask, Sum, contributor
from privacy.primitives.aggregation import reference
from privacy.protocol import Session

TASK = AggregationTask(contributors=5, length=40, bound=1000, minimum=3)
SCHEMES = pytest.mark.parametrize("scheme", ["bfv", "ckks"])


def vectors(task: AggregationTask, seed: int = 0):
    rng = np.random.default_rng(seed)
    return {p: rng.integers(-task.bound, task.bound, task.length, endpoint=True) for p in task.roster}


class Sums:
    """One session with its channel and whole transcript."""

    def __init__(self, task: AggregationTask = TASK, scheme: str = "auto", *, transports=None, **params) -> None:
        self.mechanism = HeAggregation(HeParams(sum_scheme=scheme, **params))
        self.task, self.plan = task, self.mechanism.plan(task)
        self.session = Session(self.mechanism, task, {}, transports=transports)
        self.channel = Channel(transcript=Transcript(sample_bytes=None))
        self.session.publish(self.channel)

    def run(self, values=None, **options):
        values = values or vectors(self.task)
        return self.session.run({p: Secret(v, owner=p) for p, v in values.items()}, self.channel, **options)

    def role(self, party):
        return self.session.endpoints[party].role

    def messages(self, kind: str):
        return self.channel.transcript.view([AGGREGATOR, COLLECTOR, *self.task.roster]).of_kind(kind)

    def error(self, outcome, values) -> int:
        result = Sum.of(outcome.output)
        exact = reference(self.task, {contributor(i): values[contributor(i)] for i in result.included})
        return int(np.abs(result.total - exact).max())
