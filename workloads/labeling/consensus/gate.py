"""The gold gate: how far a worker's votes are trusted, from opened gold alone.

A worker is honest, skilled or not, or guesses, or lies; what gold says of one is weighed with the share of the honest
among all whom gold has seen. Whoever gold shows to guess or to lie weighs almost nothing, whatever a crowd says of
them; whom it has not seen is trusted as far as the crowd is honest.
"""

import numpy as np
from scipy.special import betaln
from scipy.stats import binom

from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Votes

LEAST = 0.02
"""The least trust: a vote is never worth nothing, so that a task with such votes alone has a label."""
_HONEST, _WEAK, _LIAR = (4.0, 2.0), (3.0, 3.0), (1.0, 9.0)
"""Betas of the share of right votes: of the honest, skilled and not, and of those who lie."""
_STEPS = 20


def on_gold(votes: Votes, gold: Ints) -> tuple[Ints, Floats]:
    """How many gold tasks each worker voted on, and how many of these right, each (workers,)."""
    there = gold[votes.task] != UNKNOWN
    seen = np.bincount(votes.worker[there], minlength=votes.workers).astype(np.int64)
    right = votes.label[there] == gold[votes.task[there]]
    hits = np.bincount(votes.worker[there], weights=right, minlength=votes.workers)
    return seen, np.asarray(hits, dtype=np.float64)


def trust_from(votes: Votes, gold: Ints) -> Floats:
    """The chance that each worker is honest given gold, LEAST to 1, (workers,); one for all where there is no gold."""
    seen, right = on_gold(votes, gold)
    judged = seen > 0
    if not judged.any():
        return np.ones(votes.workers)
    honest = 0.5 * np.exp(_together(right, seen, _HONEST)) + 0.5 * np.exp(_together(right, seen, _WEAK))
    other = 0.5 * np.exp(_together(right, seen, _LIAR)) + 0.5 * _guess(right, seen, votes.classes)
    share = 0.8
    for _ in range(_STEPS):
        chance = share * honest / (share * honest + (1 - share) * other)
        share = float((chance[judged].sum() + 4) / (judged.sum() + 5))
    return np.clip(share * honest / (share * honest + (1 - share) * other), LEAST, 1.0)


def _together(right: Floats, seen: Ints, prior: tuple[float, float]) -> Floats:
    """The log-chance of so many right votes in a row of so many, under a Beta of their share."""
    a, b = prior
    return np.asarray(betaln(right + a, seen - right + b) - betaln(a, b), dtype=np.float64)


def _guess(right: Floats, seen: Ints, classes: int) -> Floats:
    """The chance of a row of guesses with so many right."""
    ways = np.exp(-betaln(right + 1, seen - right + 1) - np.log(seen + 1))
    return np.asarray(binom.pmf(right, seen, 1 / classes) / ways, dtype=np.float64)
