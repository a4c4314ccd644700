"""Labels from a released tally: what is left where nobody may look at single votes."""

import numpy as np

from workloads.labeling.consensus.result import Consensus
from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import UNKNOWN


def from_tally(tally: Ints, gold: Ints, *, votes: Ints) -> Consensus:
    """The class with the largest count of each item; `tally` (tasks, classes) may be weighted or noised.

    `votes` (tasks,) are how many there are, which is public. Of classes that tie, the one with more in the whole tally,
    then the first. An item without a vote has no label; one of known class has that one.
    """
    order = np.argsort(-tally.sum(axis=0), kind="stable")
    labels = order[np.argmax(tally[:, order], axis=1)].astype(np.int32)
    labels[votes == 0] = UNKNOWN
    counts: Floats = np.maximum(tally, 0).astype(np.float64)
    sums = counts.sum(axis=1, keepdims=True)
    posterior = np.where(sums > 0, counts / np.maximum(sums, 1e-9), 1 / tally.shape[1])
    known = np.flatnonzero(gold != UNKNOWN)
    posterior[known] = 0.0
    posterior[known, gold[known]] = 1.0
    return Consensus(np.where(gold != UNKNOWN, gold, labels).astype(np.int32), posterior)
