"""A score for each vote: how probable the others make its class, less how common that class is.

The votes of the worker's own near-duplicates are not others, and all of them tell what one does: they share. Whoever
always gives the common class, or guesses, or agrees only with the own ring, scores about zero. Gold is not paid: who
knows it would earn on it.
"""

import numpy as np

from workloads.labeling.consensus.duplicates import share_of
from workloads.labeling.consensus.expectation import normalised
from workloads.labeling.consensus.result import Consensus
from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Gold, Votes, as_gold

_MOST = 4.0
"""The most that one vote weighs, as a log-likelihood: nobody is surer than that."""


def scores(votes: Votes, found: Consensus, *, gold: Gold = None) -> Floats:
    """The score of each vote, -1 to 1, float64 (n,); 0 on gold, on audited tasks, and of workers who are expelled.

    `found` is a consensus with skills, and with trust and groups where it has them.
    """
    known = as_gold(votes, gold)
    closed = known != UNKNOWN
    closed[found.audited] = True
    weight = _weights(votes, found)[votes.worker]
    logs = votes.tally(weight)[votes.task]
    logs -= _own_ring(votes, found, weight)
    base = found.posterior[~closed].mean(axis=0) if (~closed).any() else np.full(votes.classes, 1 / votes.classes)
    logs += np.log(np.maximum(base, 1e-3))
    likely, _ = normalised(logs)
    score = likely[np.arange(len(votes)), votes.label] - base[votes.label]
    if found.group is not None:
        score *= share_of(found.group)[votes.worker]
    unpaid = closed[votes.task]
    if found.expelled is not None:
        unpaid |= found.expelled[votes.worker]
    return np.where(unpaid, 0.0, score)


def of_workers(votes: Votes, score: Floats) -> Floats:
    """The sum of each worker's scores, never below 0, float64 (workers,)."""
    return np.maximum(np.bincount(votes.worker, weights=score, minlength=votes.workers), 0.0)


def _weights(votes: Votes, found: Consensus) -> Floats:
    """What a vote of each worker weighs, as a log-likelihood, (workers,)."""
    skill = np.full(votes.workers, 0.5) if found.skill is None else np.clip(found.skill, 1e-3, 1 - 1e-3)
    weight = np.clip(np.log(skill * (votes.classes - 1) / (1 - skill)), 0.0, _MOST)
    return weight if found.trust is None else np.asarray(weight * found.trust, dtype=np.float64)


def _own_ring(votes: Votes, found: Consensus, weight: Floats) -> Floats:
    """What each vote's worker and near-duplicates gave to the classes of its task, float64 (n, classes)."""
    group: Ints = np.arange(votes.workers) if found.group is None else found.group
    pair = votes.task.astype(np.int64) * (int(group.max(initial=0)) + 1) + group[votes.worker]
    rings, ring = np.unique(pair, return_inverse=True)
    cells = np.bincount(ring * votes.classes + votes.label, weights=weight, minlength=len(rings) * votes.classes)
    return np.asarray(cells.reshape(-1, votes.classes)[ring], dtype=np.float64)
