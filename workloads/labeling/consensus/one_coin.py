"""One coin a worker: right with one probability, else any other class alike, by expectation maximisation.

Source: Zhang, Chen, Zhou and Jordan 2014, "Spectral methods meet EM", its one-coin model.
"""

import numpy as np

from workloads.labeling.consensus.expectation import TINY, normalised, shares
from workloads.labeling.consensus.result import Consensus, finished, pinned
from workloads.labeling.votes.table import Gold, Votes, as_gold


def one_coin(votes: Votes, *, gold: Gold = None, most: int = 100, tolerance: float = 1e-5) -> Consensus:
    """The most probable class under workers' skills, which are estimated with it, without any prior.

    Ends after `most` steps, or where the likelihood of a vote grows by less than `tolerance`.
    """
    known = as_gold(votes, gold)
    posterior = pinned(shares(votes), known)
    given = np.maximum(votes.per_worker, 1)
    others, last, steps = votes.classes - 1, -np.inf, 0
    cell = votes.cell
    while True:
        right = posterior.reshape(-1)[cell]
        skill = np.bincount(votes.worker, weights=right, minlength=votes.workers) / given
        if steps >= most:
            break
        p = np.clip(skill, TINY, 1 - TINY)
        wrong = np.log((1 - p) / others)
        logs = votes.tally((np.log(p) - wrong)[votes.worker])
        logs += np.log(np.maximum(posterior.mean(axis=0), TINY))
        posterior, likelihood = normalised(logs)
        posterior = pinned(posterior, known)
        likelihood += float((votes.per_worker * wrong).sum())
        steps += 1
        if likelihood - last < tolerance * len(votes):
            right = posterior.reshape(-1)[cell]
            skill = np.bincount(votes.worker, weights=right, minlength=votes.workers) / given
            break
        last = likelihood
    return Consensus(finished(votes, posterior, known), posterior, skill, steps=steps)
