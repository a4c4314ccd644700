"""Votes on classes as arrays: who gave which label to which task."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.votes.arrays import Bools, Floats, Ints

UNKNOWN = -1
"""The label of a task whose class nobody knows."""


@dataclass(frozen=True, eq=False, repr=False)
class Votes:
    """One row a vote: `task`, `worker` and `label` are int32 (n,), each a place among the names of its kind.

    `tasks`, `workers` and `classes` are counts; names are left out where places say enough, as in simulations. Votes
    are in any order, and no worker has two on one task. DataError where that does not hold.
    """

    task: Ints
    worker: Ints
    label: Ints
    tasks: int
    workers: int
    classes: int
    task_names: tuple[str, ...] = ()
    worker_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        columns = (("task", self.tasks), ("worker", self.workers), ("label", self.classes))
        for name, count in columns:
            column = np.ascontiguousarray(getattr(self, name), dtype=np.int32)
            object.__setattr__(self, name, column)
            if column.ndim != 1 or len(column) != len(self.task):
                raise DataError("the columns of votes differ in length", where=name, then="give one entry a vote")
            if len(column) and (column.min() < 0 or column.max() >= count):
                what = f"a vote names a {name} that there is not: there are {count:,}"
                raise DataError(what, then="number them from 0")
        if self.classes < 2:
            raise DataError("the votes name fewer than two classes", then="choose votes on at least two")
        for names, count in ((self.task_names, self.tasks), (self.worker_names, self.workers)):
            if names and len(names) != count:
                raise DataError(f"there are {len(names):,} names for {count:,}", then="name all or none")
        if self.class_names and len(self.class_names) != self.classes:
            raise DataError("the classes have another number of names", then="name all or none")
        twice = self._twice()
        if len(twice):
            many = f"{len(twice):,} votes are" if len(twice) > 1 else "a vote is"
            what = f"{many} the second of one worker on one task"
            raise DataError(what, where=f"vote {int(twice.min()) + 1:,} first", then="keep one vote each")

    @classmethod
    def of(cls, task: Any, worker: Any, label: Any, *, tasks: int = 0, workers: int = 0, classes: int = 0) -> "Votes":
        """Votes from whole numbers, whose counts are taken from them where they are not given."""
        columns = [np.asarray(c, dtype=np.int32) for c in (task, worker, label)]
        counts = [c or int(x.max(initial=-1)) + 1 for c, x in zip((tasks, workers, classes), columns, strict=True)]
        return cls(columns[0], columns[1], columns[2], counts[0], counts[1], counts[2])

    def __len__(self) -> int:
        return len(self.task)

    def __repr__(self) -> str:
        return f"<{len(self):,} votes of {self.workers:,} workers on {self.tasks:,} tasks, {self.classes} classes>"

    def _twice(self) -> Ints:
        """Places of the votes whose worker has an earlier one on their task."""
        pair = self.task.astype(np.int64) * max(self.workers, 1) + self.worker
        sorted_pairs = np.sort(pair)
        if not (sorted_pairs[1:] == sorted_pairs[:-1]).any():
            return np.zeros(0, dtype=np.int64)
        order = np.argsort(pair, kind="stable")
        return np.asarray(order[1:][pair[order][1:] == pair[order][:-1]], dtype=np.int64)

    @cached_property
    def cell(self) -> Ints:
        """The place of each vote in a (tasks, classes) table laid flat, int64 (n,)."""
        return self.task.astype(np.int64) * self.classes + self.label

    @cached_property
    def per_task(self) -> Ints:
        """How many votes each task has, int64 (tasks,)."""
        return np.bincount(self.task, minlength=self.tasks)

    @cached_property
    def per_worker(self) -> Ints:
        """How many votes each worker gave, int64 (workers,)."""
        return np.bincount(self.worker, minlength=self.workers)

    def tally(self, weights: Floats | None = None) -> Floats:
        """The votes of each class on each task, float64 (tasks, classes); `weights` are of votes, (n,)."""
        cells = self.tasks * self.classes
        counts = np.bincount(self.cell, weights=weights, minlength=cells)
        return np.asarray(counts, dtype=np.float64).reshape(self.tasks, self.classes)

    def only(self, keep: Bools) -> "Votes":
        """Those votes alone for which `keep` (n,) is true; all counts and names stay."""
        return replace(self, task=self.task[keep], worker=self.worker[keep], label=self.label[keep])

    def name_of_task(self, place: int) -> str:
        """The name of a task, or its number."""
        return self.task_names[place] if self.task_names else str(place)

    def name_of_worker(self, place: int) -> str:
        """The name of a worker, or the number."""
        return self.worker_names[place] if self.worker_names else str(place)

    def name_of_class(self, place: int) -> str:
        """The name of a class, or its number."""
        return self.class_names[place] if self.class_names else str(place)


Gold = Ints | Mapping[int, int] | None
"""Known classes: int (tasks,) with UNKNOWN elsewhere, or a class for some tasks."""


def as_gold(votes: Votes, gold: Gold) -> Ints:
    """Known classes as int32 (tasks,), UNKNOWN elsewhere. DataError for a task or a class that there is not."""
    known = np.full(votes.tasks, UNKNOWN, dtype=np.int32)
    if gold is None:
        return known
    if isinstance(gold, Mapping):
        places = np.fromiter(gold.keys(), dtype=np.int64, count=len(gold))
        if len(places) and (places.min() < 0 or places.max() >= votes.tasks):
            raise DataError("gold is given for a task that there is not", then="number tasks from 0")
        known[places] = np.fromiter(gold.values(), dtype=np.int32, count=len(gold))
    elif np.shape(gold) != (votes.tasks,):
        raise DataError(f"gold has {np.size(gold):,} entries for {votes.tasks:,} tasks", then="give one a task")
    else:
        known[:] = gold
    if known.min(initial=UNKNOWN) < UNKNOWN or known.max(initial=UNKNOWN) >= votes.classes:
        raise DataError("gold names a class that there is not", then="number classes from 0")
    return known
