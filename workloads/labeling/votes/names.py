"""Names to places: what a file names, numbered as it comes, and votes built of them."""

from array import array
from collections.abc import Iterable

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.votes.arrays import Ints
from workloads.labeling.votes.table import Votes


class Gathered:
    """Votes that are read one by one; `add` numbers names as they come, and keeps where each vote stands."""

    def __init__(self, where: str, *, unit: str) -> None:
        self.where, self.unit = where, unit
        self._tasks: dict[str, int] = {}
        self._workers: dict[str, int] = {}
        self._classes: dict[str, int] = {}
        self._task, self._worker, self._label, self._place = array("i"), array("i"), array("i"), array("i")
        self._blank: list[int] = []

    def add(self, place: int, task: str, worker: str, label: str) -> None:
        """One vote, which stands at `place` of the file."""
        if not (task and worker and label):
            self._blank.append(place)
            return
        self._task.append(self._tasks.setdefault(task, len(self._tasks)))
        self._worker.append(self._workers.setdefault(worker, len(self._workers)))
        self._label.append(self._classes.setdefault(label, len(self._classes)))
        self._place.append(place)

    def votes(self, notes: Iterable[str] = ()) -> Votes:
        """The votes, with classes in the order of their names. DataError where some cannot be votes."""
        if self._blank:
            many = f"{len(self._blank):,} votes lack" if len(self._blank) > 1 else "a vote lacks"
            first = f"{self.where}, {self.unit} {self._blank[0]:,} first"
            raise DataError(f"{many} a task, a worker or a label", where=first, then="fill it in or take it out")
        if not self._task:
            raise DataError("the file holds no vote", where=self.where, then="choose one with votes")
        if len(self._classes) < 2:
            what = "all votes name one class"
            raise DataError(what, where=self.where, then="choose votes on at least two classes")
        task, worker = _ints(self._task), _ints(self._worker)
        self._refuse_twice(task, worker)
        names, label = in_order(self._classes, _ints(self._label))
        return Votes(
            task, worker, label, len(self._tasks), len(self._workers), len(names),
            tuple(self._tasks), tuple(self._workers), names, tuple(notes),
        )  # fmt: skip

    def _refuse_twice(self, task: Ints, worker: Ints) -> None:
        pair = task.astype(np.int64) * len(self._workers) + worker
        order = np.argsort(pair, kind="stable")
        again = order[1:][pair[order][1:] == pair[order][:-1]]
        if not len(again):
            return
        second = int(again.min())
        first = int(np.flatnonzero(pair == pair[second])[0])
        places = f"{self.unit} {self._place[second]:,} repeats {self.unit} {self._place[first]:,}"
        many = f"{len(again):,} votes repeat" if len(again) > 1 else "a vote repeats"
        what = f"{many} the task and the worker of an earlier one"
        raise DataError(what, where=f"{self.where}, {places}", then="keep one vote of a worker on a task")


def _ints(numbers: "array[int]") -> Ints:
    return np.frombuffer(numbers, dtype=np.int32)


def in_order(names: Iterable[str], codes: Ints) -> tuple[tuple[str, ...], Ints]:
    """Names sorted, numbers by their value, and the codes that follow them."""
    found = list(names)
    order = sorted(range(len(found)), key=lambda i: _rank(found[i]))
    new = np.empty(len(found), dtype=np.int32)
    new[order] = np.arange(len(found))
    return tuple(found[i] for i in order), new[codes]


def _rank(name: str) -> tuple[int, float, str]:
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)
