"""What a consensus comes to, and how it is held against the truth."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.votes.arrays import Bools, Floats, Ints
from workloads.labeling.votes.table import UNKNOWN, Votes

Audit = Callable[[Ints], Ints]
"""An expert: the true classes, int (n,), of tasks, int64 (n,). Each costs."""


@dataclass(frozen=True, eq=False, repr=False)
class Consensus:
    """One class a task.

    `labels` is int32 (tasks,), UNKNOWN where nobody voted; `posterior` float64 (tasks, classes), rows of which sum to
    one. Of workers, where the method has it: `skill`, the estimated share of right votes; `trust`, what multiplies the
    weight of a vote, 0 to 1; `group`, int64, equal for near-duplicates; `expelled`. `audited` are the tasks that an
    expert was paid for.
    """

    labels: Ints
    posterior: Floats
    skill: Floats | None = None
    trust: Floats | None = None
    group: Ints | None = None
    expelled: Bools | None = None
    audited: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    steps: int = 0
    strain: float = 0.0


def accuracy(labels: Ints, truth: Ints, *, without: Ints | None = None) -> float:
    """Share of the tasks with a known class whose label is right, without those tasks that were paid for.

    `without` are places of tasks: gold and audited ones say nothing of a consensus. DataError where none is left.
    """
    counted = truth != UNKNOWN
    if without is not None:
        counted[without] = False
    if not counted.any():
        raise DataError("no task is left to measure the accuracy on", then="give the truth of more tasks")
    return float((labels[counted] == truth[counted]).mean())


def chosen(votes: Votes, scores: Floats) -> Ints:
    """The class with the best score of each task, int32 (tasks,); UNKNOWN where nobody voted.

    Of classes that tie, the one with more votes in the whole table, then the first: no chance, and no order of rows.
    """
    common = np.bincount(votes.label, minlength=votes.classes)
    order = np.argsort(-common, kind="stable")
    labels = order[np.argmax(scores[:, order], axis=1)].astype(np.int32)
    labels[votes.per_task == 0] = UNKNOWN
    return np.asarray(labels, dtype=np.int32)


def pinned(posterior: Floats, gold: Ints) -> Floats:
    """The posterior with tasks of known class at that class, in place."""
    known = np.flatnonzero(gold != UNKNOWN)
    posterior[known] = 0.0
    posterior[known, gold[known]] = 1.0
    return posterior


def finished(votes: Votes, posterior: Floats, gold: Ints) -> Ints:
    """Labels of a posterior; a task of known class has that one, voted on or not."""
    labels = chosen(votes, posterior)
    return np.where(gold != UNKNOWN, gold, labels).astype(np.int32)
