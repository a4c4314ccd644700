"""Majority of whole weights, two levels, from opened gold: what hidden votes allow.

Under a stack that opens tallies alone no method may look at single votes. Weights come from a round before, from gold
that is open, and are whole: real weights would let a tally tell every vote.
"""

import numpy as np

from privacy.plugin import ParamError
from workloads.labeling.consensus.expectation import shares
from workloads.labeling.consensus.gate import on_gold
from workloads.labeling.consensus.result import Consensus, finished, pinned
from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import Gold, Votes, as_gold

LEVELS = (1, 2)
"""Weights of a vote: of a worker whom gold does not show to be good, and of one whom it does."""
THRESHOLD = 0.7
FEWEST = 5
"""The fewest voters of a task for which weights are allowed: below, a tally tells too much."""


def levels_from(seen: Ints, right: Floats, *, threshold: float = THRESHOLD, levels: tuple[int, int] = LEVELS) -> Ints:
    """The weight of each worker, int64 (workers,): the higher from that share of gold right, one vote smoothed.

    `seen` and `right` (workers,) are counts on gold of a round before. ParamError for levels that are not whole and
    rising.
    """
    low, high = levels
    if not 0 <= low < high or low != int(low) or high != int(high):
        raise ParamError("weights are two whole numbers, the second larger", then="choose 1 and 2")
    return np.where((right + 1) / (seen + 2) >= threshold, high, low).astype(np.int64)


def levelled(votes: Votes, *, gold: Gold = None, weights: Ints | None = None) -> Consensus:
    """The class with the most weight. `weights` (workers,) are those of a round before; else from this gold.

    A task with fewer than five voters is decided without weights.
    """
    known = as_gold(votes, gold)
    found = levels_from(*on_gold(votes, known)) if weights is None else weights
    of_vote = np.where(votes.per_task[votes.task] >= FEWEST, found[votes.worker], 1).astype(np.float64)
    posterior = pinned(shares(votes, of_vote), known)
    return Consensus(finished(votes, posterior, known), posterior)
