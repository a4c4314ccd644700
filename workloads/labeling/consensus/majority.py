"""Majority: every vote counts the same.

Of classes that tie, the one with more votes in the whole table wins, then the first in order.
"""

from workloads.labeling.consensus.expectation import shares
from workloads.labeling.consensus.result import Consensus, finished, pinned
from workloads.labeling.votes.table import Gold, Votes, as_gold


def majority(votes: Votes, *, gold: Gold = None) -> Consensus:
    """The class with the most votes; the posterior is the share of votes."""
    known = as_gold(votes, gold)
    posterior = pinned(shares(votes), known)
    return Consensus(finished(votes, posterior, known), posterior)
