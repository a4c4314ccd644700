"""What tests of the driver share: tasks with their inputs, and a run of one."""

import numpy as np

from privacy.boundary.channel import Channel
from privacy.plugin import CLIENT, ScoringTask, Secret
from tests.support.toys_aggregation import SumTask

TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTOR = np.array([3, -250, 0, 17])
SUM = SumTask(contributors=5, dims=3, threshold=3)
VECTORS = {p: np.array([p.index, 10 * p.index, 7]) for p in SUM.parties}


def mine(value, party=CLIENT):
    return {party: Secret(value, owner=party)}


def scored(session, channel=None):
    return session.run(mine(VECTOR), channel or Channel()).output


def total(vectors):
    return sum(vectors, np.zeros(SUM.dims, dtype=np.int64))
