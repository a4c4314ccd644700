"""Dawid-Skene: each worker has an error rate for each pair of classes, by expectation maximisation.

Source: Dawid and Skene 1979, "Maximum likelihood estimation of observer error-rates using the EM algorithm".
"""

import numpy as np

from workloads.labeling.consensus.expectation import TINY, Design, error_rates, normalised, shares
from workloads.labeling.consensus.result import Consensus, finished, pinned
from workloads.labeling.votes.arrays import Floats
from workloads.labeling.votes.table import Gold, Votes, as_gold


def dawid_skene(votes: Votes, *, gold: Gold = None, most: int = 100, tolerance: float = 1e-5) -> Consensus:
    """The most probable class under workers' error rates, which are estimated with it, without any prior.

    Ends after `most` steps, or where the likelihood of a vote grows by less than `tolerance`.
    """
    known = as_gold(votes, gold)
    posterior = pinned(shares(votes), known)
    design, last, steps = Design(votes), -np.inf, 0
    while steps < most:
        rates = error_rates(votes, design.counts(posterior))
        logs = design.support(np.log(np.maximum(rates, TINY)))
        logs += np.log(np.maximum(posterior.mean(axis=0), TINY))
        posterior, likelihood = normalised(logs)
        posterior = pinned(posterior, known)
        steps += 1
        if likelihood - last < tolerance * len(votes):
            break
        last = likelihood
    return Consensus(finished(votes, posterior, known), posterior, skill_of(votes, posterior), steps=steps)


def skill_of(votes: Votes, posterior: Floats) -> Floats:
    """The expected share of right votes of each worker, float64 (workers,); 0 for one without votes."""
    right = posterior.reshape(-1)[votes.cell]
    return np.bincount(votes.worker, weights=right, minlength=votes.workers) / np.maximum(votes.per_worker, 1)
