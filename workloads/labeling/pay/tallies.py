"""Pay where votes are hidden: whole score vectors from public tallies, summed over many items in coarse units.

Whoever counts sees no vote: a labeler's pay is linear in its votes, and everybody can compute what each possible vote
earns. An exact pay would give votes away (see `attacks.paying`), so that it is released in units of a whole right vote.
"""

import numpy as np

from workloads.labeling.consensus.expectation import normalised
from workloads.labeling.votes.arrays import Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Votes

FULL = 100
"""The score of a vote that the others make certain, for a class that nobody would guess."""
UNIT = FULL
_WEIGHT = 1.5
"""What one vote weighs, as a log-likelihood: nobody's own skill is known here."""


def score_vectors(tally: Ints, gold: Ints) -> Ints:
    """What a vote for each class earns on each item, int64 (tasks, classes): the others' posterior, less the base rate.

    `tally` (tasks, classes) is public. A vote for a class is taken off before the others are heard. Gold earns nothing.
    """
    counts = np.maximum(tally, 0).astype(np.float64)
    base = (counts.sum(axis=0) + 1) / (counts.sum() + counts.shape[1])
    found = np.empty_like(counts)
    for k in range(counts.shape[1]):
        others = counts.copy()
        others[:, k] = np.maximum(others[:, k] - 1, 0)
        likely, _ = normalised(_WEIGHT * others + np.log(base))
        found[:, k] = likely[:, k] - base[k]
    found[gold != UNKNOWN] = 0.0
    return np.rint(FULL * found).astype(np.int64)


def earned(votes: Votes, vectors: Ints, *, unit: int = UNIT) -> Floats:
    """What each labeler earns in whole units, never below 0, float64 (workers,).

    Runs on each labeler for its own votes: it is one number for all of them.
    """
    sums = np.bincount(votes.worker, weights=vectors.reshape(-1)[votes.cell], minlength=votes.workers)
    return np.maximum(np.rint(sums / unit), 0.0)
