"""What tests of spawned parties share: a task with its inputs, and one run."""

import numpy as np

from privacy.boundary.channel import Channel
from privacy.plugin import CLIENT, ScoringTask, Secret
from privacy.protocol import Session

TASK = ScoringTask(items=6, dims=4)
CATALOGUE = np.arange(-12, 12).reshape(6, 4)
VECTOR = np.array([3, -250, 0, 17])


def once(mechanism, private, transports, *, task=None, own=None, cache=None, channel=None):
    channel = channel or Channel()
    session = Session(mechanism, task, own or {}, transports=transports, cache=cache)
    session.publish(channel)
    return session.run({CLIENT: Secret(private, owner=CLIENT)}, channel)
