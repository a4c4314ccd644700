"""The two products of expectation maximisation over votes, sparse, and what both rest on."""

from typing import Any

import numpy as np
from scipy import sparse

from workloads.labeling.votes.arrays import Floats
from workloads.labeling.votes.table import Votes

TINY = 1e-10
"""The least probability, as crowd-kit has it."""


class Design:
    """Votes as a sparse matrix of tasks by (worker, label), so that both steps are one product each."""

    def __init__(self, votes: Votes) -> None:
        self.votes = votes
        column = votes.worker.astype(np.int64) * votes.classes + votes.label
        task = votes.task
        if (task[1:] < task[:-1]).any():
            column = column[np.argsort(task, kind="stable")]
        start = np.concatenate(([0], np.cumsum(votes.per_task)))
        shape = (votes.tasks, votes.workers * votes.classes)
        self._matrix: Any = sparse.csr_matrix((np.ones(len(column)), column, start), shape=shape)
        self._columns: Any = self._matrix.T

    def counts(self, posterior: Floats) -> Floats:
        """How often each worker gave each label to each true class: float64 (workers, reported, true)."""
        k = self.votes.classes
        return np.asarray(self._columns @ posterior, dtype=np.float64).reshape(self.votes.workers, k, k)

    def support(self, logs: Floats) -> Floats:
        """Sum over the votes of each task of `logs` (workers, reported, true): float64 (tasks, true)."""
        k = self.votes.classes
        return np.asarray(self._matrix @ logs.reshape(self.votes.workers * k, k), dtype=np.float64)


def shares(votes: Votes, weights: Floats | None = None) -> Floats:
    """The share of each class among the votes of a task, float64 (tasks, classes); even where nobody voted."""
    tally = votes.tally(weights)
    total = tally.sum(axis=1, keepdims=True)
    even = np.full_like(tally, 1 / votes.classes)
    np.divide(tally, total, out=even, where=total > 0)
    return even


def normalised(logs: Floats) -> tuple[Floats, float]:
    """Rows of log-weights as probabilities, in place, and the sum of the logs of what each row summed to."""
    top = logs.max(axis=1, keepdims=True)
    logs -= top
    np.exp(logs, out=logs)
    total = logs.sum(axis=1, keepdims=True)
    logs /= total
    return logs, float(top.sum() + np.log(total).sum())


def error_rates(votes: Votes, counts: Floats) -> Floats:
    """Counts (workers, reported, true) as probabilities over what is reported.

    A worker who was never seen on a true class is even over the labels used, as crowd-kit has it.
    """
    used = np.zeros((votes.workers, votes.classes), dtype=bool)
    used[votes.worker, votes.label] = True
    rates = np.where(used[:, :, None], np.maximum(counts, TINY), 0.0)
    total = rates.sum(axis=1, keepdims=True)
    rates /= np.where(total > 0, total, 1.0)
    return rates
