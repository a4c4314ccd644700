"""Agreement weights: a vote counts by how often its worker agrees with the majority.

The way of CrowdLabel, kept as a baseline: whoever is the majority has the weight.
"""

import numpy as np

from workloads.labeling.consensus.expectation import shares
from workloads.labeling.consensus.result import Consensus, chosen, finished, pinned
from workloads.labeling.votes.table import Gold, Votes, as_gold


def weighted(votes: Votes, *, gold: Gold = None) -> Consensus:
    """The class with the most weight of votes; the posterior is the share of weight."""
    known = as_gold(votes, gold)
    agrees = votes.label == chosen(votes, votes.tally())[votes.task]
    skill = np.bincount(votes.worker, weights=agrees, minlength=votes.workers) / np.maximum(votes.per_worker, 1)
    posterior = pinned(shares(votes, skill[votes.worker]), known)
    return Consensus(finished(votes, posterior, known), posterior, skill)
