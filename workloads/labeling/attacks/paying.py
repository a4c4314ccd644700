"""Reading votes from pay: what one number for a labeler says of each vote, beside what the tallies say already."""

import numpy as np

from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import Votes

_LEAST = 1e-9


def named(votes: Votes, tally: Ints, vectors: Ints, paid: Floats | None, *, unit: int) -> Ints:
    """The likeliest class of each vote, int64 (n,), to whoever knows the tallies and, if given, what each was paid.

    All other votes of the labeler are taken as one Gaussian: its pay is a sum of many.
    """
    counts = np.maximum(tally[votes.task], 0).astype(np.float64) + _LEAST
    prior = counts / counts.sum(axis=1, keepdims=True)
    if paid is None:
        return np.asarray(prior.argmax(axis=1))
    own = vectors[votes.task].astype(np.float64)
    middle = (prior * own).sum(axis=1)
    spread = (prior * own**2).sum(axis=1) - middle**2
    sums = [np.bincount(votes.worker, weights=x, minlength=votes.workers)[votes.worker] for x in (middle, spread)]
    rest = paid[votes.worker] * unit - (sums[0] - middle)
    noise = np.maximum(sums[1] - spread, 0.0) + unit**2 / 12 + _LEAST
    logs = np.log(prior) - (rest[:, None] - own) ** 2 / (2 * noise[:, None])
    return np.asarray(logs.argmax(axis=1))


def gained(votes: Votes, tally: Ints, vectors: Ints, paid: Floats, *, unit: int) -> tuple[Floats, float]:
    """Whether each vote is named with the pay, float64 (n,), and the share that is named without it."""
    without = float((named(votes, tally, vectors, None, unit=unit) == votes.label).mean())
    found = named(votes, tally, vectors, paid, unit=unit) == votes.label
    return found.astype(np.float64), without
