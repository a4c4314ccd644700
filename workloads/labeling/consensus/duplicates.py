"""Near-duplicates: workers who give the same wrong class together far more often than their errors explain.

They share the weight of one. Errors of honest workers fall on the same hard tasks and the same look-alike classes, so
that a pair is held against the median pair and not against independence.
"""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.stats import beta

from workloads.labeling.consensus.gate import on_gold
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Votes

_FAR, _SAME, _SHARE, _SHARED = 5.0, 4, 0.51, 8
"""A pair is one of near-duplicates at so many deviations, so many equal errors, and that share of all errors equal."""

_SURE, _BEYOND, _IDENTICAL, _SEEN = 0.95, 4.0, 0.9, 3
"""A pair copies at so many deviations above what skills at that quantile allow, and that share of votes equal; nobody
is judged by fewer gold tasks."""


def duplicates(votes: Votes, labels: Ints) -> Ints:
    """A group for each worker, int64 (workers,): equal for near-duplicates. `labels` (tasks,) is the consensus."""
    wrong = votes.label != labels[votes.task]
    if not wrong.any():
        return np.arange(votes.workers)
    same = _together(votes, wrong, labelled=True)
    pairs = sparse.triu(same, k=1).tocoo()
    often = pairs.data >= _SAME
    first, second, equal = pairs.row[often], pairs.col[often], pairs.data[often]
    if not len(first):
        return np.arange(votes.workers)
    there, errors = _incidence(votes), _incidence(votes, wrong)
    both = there.T @ there
    rate = (np.bincount(votes.worker, weights=wrong, minlength=votes.workers) + 0.5) / (votes.per_worker + 1)
    expected = _at(both, first, second) * rate[first] * rate[second]
    expected = expected * max(_usual(both, same, rate), 1 / max(votes.classes - 1, 1))
    far = (equal - expected) / np.sqrt(expected + 1)
    crossed = errors.T @ there
    either = _at(crossed, first, second) + _at(crossed, second, first) - _at(errors.T @ errors, first, second)
    alike = (far > _FAR) & (equal / np.maximum(either, 1) > _SHARE)
    links = sparse.coo_matrix((np.ones(int(alike.sum())), (first[alike], second[alike])), shape=same.shape)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def copies(votes: Votes, gold: Ints) -> Ints:
    """A group for each worker, int64 (workers,): equal for those who agree far more off gold than gold allows.

    Who is often wrong on gold and still says what another says copies, or is the same person, whatever the consensus
    is. Each is taken to be as skilled as gold allows at most, so that few gold tasks show nobody to copy.
    """
    seen, right = on_gold(votes, gold)
    most = np.asarray(beta.ppf(_SURE, right + 1, seen - right + 1), dtype=np.float64)
    most = np.where(seen < _SEEN, 1.0, most)
    off = gold[votes.task] == UNKNOWN
    same = _together(votes, off, labelled=True)
    pairs = sparse.triu(same, k=1).tocoo()
    often = pairs.data >= _SHARED
    first, second, equal = pairs.row[often], pairs.col[often], pairs.data[often]
    if not len(first):
        return np.arange(votes.workers)
    both = _at(_together(votes, off, labelled=False), first, second)
    agree = most[first] * most[second] + (1 - most[first]) * (1 - most[second])
    far = (equal - both * agree) / np.sqrt(both * agree * (1 - agree) + 1)
    alike = (far > _BEYOND) & (equal > _IDENTICAL * both)
    links = sparse.coo_matrix((np.ones(int(alike.sum())), (first[alike], second[alike])), shape=same.shape)
    return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)


def joined(one: Ints, other: Ints) -> Ints:
    """Groups of workers who are together in either, int64 (workers,)."""
    workers = np.arange(len(one))
    row, column = np.concatenate((workers, workers)), np.concatenate((one, other + one.max(initial=0) + 1))
    size = len(one) + int(column.max(initial=0)) + 1
    links = sparse.coo_matrix((np.ones(len(row)), (row, column + len(one))), shape=(size, size))
    return np.asarray(connected_components(links, directed=False)[1][: len(one)], dtype=np.int64)


def share_of(group: Ints) -> Floats:
    """What each worker has of the weight of one: 1 over the size of the group, (workers,)."""
    return np.asarray(1 / np.bincount(group)[group], dtype=np.float64)


def _incidence(votes: Votes, keep: Bools | None = None) -> "sparse.csr_matrix":
    """Which worker voted on which task, (tasks, workers)."""
    chosen = votes if keep is None else votes.only(keep)
    shape = (votes.tasks, votes.workers)
    return sparse.csr_matrix((np.ones(len(chosen)), (chosen.task, chosen.worker)), shape=shape)


def _together(votes: Votes, keep: Bools, *, labelled: bool) -> "sparse.csr_matrix":
    """How often each pair of workers gave the same label on one task, of the votes that are kept."""
    chosen = votes.only(keep)
    row = chosen.cell if labelled else chosen.task
    shape = (votes.tasks * votes.classes if labelled else votes.tasks, votes.workers)
    there = sparse.csr_matrix((np.ones(len(chosen)), (row, chosen.worker)), shape=shape)
    return (there.T @ there).tocsr()


def _usual(both: "sparse.csr_matrix", same: "sparse.csr_matrix", rate: Floats) -> float:
    """How much more often the median pair of workers errs alike than independent errors would."""
    pairs = sparse.triu(both, k=1).tocoo()
    known = pairs.data >= _SHARED
    if not known.any():
        return 1.0
    first, second, count = pairs.row[known], pairs.col[known], pairs.data[known]
    expected = np.maximum(count * rate[first] * rate[second], 0.5)
    return float(np.median(_at(same, first, second) / expected))


def _at(matrix: "sparse.csr_matrix", row: Ints, column: Ints) -> Floats:
    return np.asarray(matrix.tocsr()[row, column], dtype=np.float64).ravel()
