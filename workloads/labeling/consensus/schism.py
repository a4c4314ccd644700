"""The schism audit: when workers who pass gold part into two camps off it, an expert settles which one lies.

How well two workers do on gold says how often they should agree elsewhere. Where many pairs agree far less, gold is
known to some. A few contested tasks, drawn after all votes are in, go to an expert, and the losing camp is expelled.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import eigsh
from scipy.stats import beta

from workloads.labeling.consensus.gate import on_gold
from workloads.labeling.consensus.result import Audit
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Votes

STRAIN = 0.04
"""The share of pairs that agree far too seldom, above which there is a schism."""
_FAR, _SHARED, _FEWEST = -3.5, 4, 5
_DENSE = 400


@dataclass(frozen=True, eq=False)
class Schism:
    """`camp` (workers,) parts workers in two; `strain` is the share of pairs that agree far too seldom."""

    camp: Bools
    strain: float


def schism(votes: Votes, gold: Ints) -> Schism:
    """Part workers by how much more or less they agree off gold than gold predicts."""
    seen, right = on_gold(votes, gold)
    skill = (right + 2) / (seen + 3)
    off = votes.only(gold[votes.task] == UNKNOWN)
    both, same = _pairs(off.task, off), _pairs(off.cell, off)
    pairs = both.tocoo()
    apart = pairs.row != pairs.col
    row, column, count = pairs.row[apart], pairs.col[apart], pairs.data[apart]
    if not len(row):
        return Schism(np.zeros(votes.workers, dtype=bool), 0.0)
    agree = skill[row] * skill[column] + (1 - skill[row]) * (1 - skill[column]) / (votes.classes - 1)
    found = np.asarray(same.tocsr()[row, column], dtype=np.float64).ravel()
    far = (found - count * agree) / np.sqrt(count * agree * (1 - agree) + 1)
    known = count >= _SHARED
    strain = float((far[known] < _FAR).mean()) if known.any() else 0.0
    return Schism(_first(far, row, column, votes.workers) > 0, strain)


def contested(votes: Votes, gold: Ints, camp: Bools) -> Ints:
    """Tasks off gold on which both camps voted and their majorities differ, int64 (n,)."""
    sides = [votes.only(camp[votes.worker] == side).tally() for side in (True, False)]
    differ = sides[0].argmax(axis=1) != sides[1].argmax(axis=1)
    return np.flatnonzero(differ & (sides[0].sum(axis=1) > 0) & (sides[1].sum(axis=1) > 0) & (gold == UNKNOWN))


def settle(votes: Votes, gold: Ints, found: Schism, audit: Audit, *, most: int, seed: int) -> tuple[Ints, Ints, Bools]:
    """Audit up to `most` contested tasks: these tasks, their true classes, and who is expelled, (workers,).

    A camp is expelled whose share of right votes there is surely below guessing, or a quarter if that is more.
    """
    tasks, expelled = contested(votes, gold, found.camp), np.zeros(votes.workers, dtype=bool)
    if len(tasks) < _FEWEST:
        return tasks[:0], tasks[:0], expelled
    drawn = np.sort(np.random.default_rng(seed).choice(tasks, min(most, len(tasks)), replace=False))
    truth = np.full(votes.tasks, UNKNOWN, dtype=np.int32)
    truth[drawn] = audit(drawn)
    there = truth[votes.task] != UNKNOWN
    right = votes.label == truth[votes.task]
    for side in (True, False):
        mine = there & (found.camp[votes.worker] == side)
        hits, seen = int(right[mine].sum()), int(mine.sum())
        if beta.ppf(0.95, hits + 1, seen - hits + 1) < max(1 / votes.classes, 0.25):
            expelled |= found.camp == side
    return drawn, truth[drawn], expelled


def _pairs(place: Ints, votes: Votes) -> "sparse.csr_matrix":
    """On how many places each pair of workers meets, (workers, workers)."""
    size = votes.tasks * votes.classes
    there = sparse.csr_matrix((np.ones(len(votes)), (place, votes.worker)), shape=(size, votes.workers))
    return (there.T @ there).tocsr()


def _first(far: Floats, row: Ints, column: Ints, workers: int) -> Floats:
    """The eigenvector of the largest eigenvalue of a symmetric sparse matrix, (workers,)."""
    matrix = sparse.csr_matrix((far, (row, column)), shape=(workers, workers))
    if workers <= _DENSE:
        return np.asarray(np.linalg.eigh(matrix.toarray())[1][:, -1], dtype=np.float64)
    start = np.random.default_rng(0).standard_normal(workers)
    return np.asarray(eigsh(matrix, k=1, which="LA", v0=start)[1][:, 0], dtype=np.float64)
