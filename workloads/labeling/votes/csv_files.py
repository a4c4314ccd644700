"""Votes and truth as CSV: `task,worker,label` and `task,label`.

crowd-kit names its columns so too, with `performer` in older versions. Other columns are passed over.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from privacy.plugin import DataError
from privacy.plugin.tables import Progress, Sheet, escape_formula, named, open_sheet
from workloads.labeling.votes.arrays import Ints
from workloads.labeling.votes.names import Gathered
from workloads.labeling.votes.table import UNKNOWN, Votes

TASK = ("task", "task_id", "question", "item")
WORKER = ("worker", "performer", "worker_id", "annotator", "labeler")
LABEL = ("label", "answer", "class")
TRUTH = (*LABEL, "truth", "gold")


def read_votes(path: Path | str, progress: Progress | None = None) -> Votes:
    """The votes of a CSV, of whatever dialect. DataError says what is wrong, and in which row."""
    sheet = open_sheet(Path(path))
    task, worker, label = (_place(sheet, names) for names in (TASK, WORKER, LABEL))
    found = Gathered(sheet.name, unit="row")
    for number, cells in sheet.records(progress):
        found.add(number, cells[task].strip(), cells[worker].strip(), cells[label].strip())
    return found.votes(sheet.notes)


def write_votes(votes: Votes, path: Path | str) -> None:
    """The votes as `task,worker,label`; a cell that a spreadsheet would run gets an apostrophe in front."""
    names = [
        [escape_formula(n) for n in (given or tuple(map(str, range(count))))]
        for given, count in (
            (votes.task_names, votes.tasks),
            (votes.worker_names, votes.workers),
            (votes.class_names, votes.classes),
        )
    ]
    columns = (votes.task, votes.worker, votes.label)
    texts = [map(n.__getitem__, c.tolist()) for n, c in zip(names, columns, strict=True)]
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((TASK[0], WORKER[0], LABEL[0]))
        writer.writerows(zip(*texts, strict=True))


def read_truth(path: Path | str, votes: Votes, *, every_class: bool = True) -> Ints:
    """The true classes of some tasks, int32 (tasks,), UNKNOWN elsewhere.

    DataError for a task or a class that the votes do not have, for two classes of one task, and, with `every_class`,
    where a class of the votes is true of no task: it may be a slip, and no measure could tell.
    """
    sheet = open_sheet(Path(path))
    place, label = _place(sheet, TASK), _place(sheet, TRUTH)
    tasks = {name: i for i, name in enumerate(votes.task_names or map(str, range(votes.tasks)))}
    classes = {name: i for i, name in enumerate(votes.class_names or map(str, range(votes.classes)))}
    truth = np.full(votes.tasks, UNKNOWN, dtype=np.int32)
    for number, cells in sheet.records():
        task, known = tasks.get(cells[place].strip()), classes.get(cells[label].strip())
        where = f"{sheet.name}, row {number:,}"
        if task is None:
            raise DataError("the truth names a task without a vote", where=where, then="take it out or add votes")
        if known is None:
            what = "the truth names a class that no vote names"
            raise DataError(what, where=where, then="write classes as the votes do")
        if truth[task] not in (UNKNOWN, known):
            raise DataError("the truth gives one task two classes", where=where, then="keep one")
        truth[task] = known
    if (truth == UNKNOWN).all():
        raise DataError("the truth names no task", where=sheet.name, then="choose a file with rows")
    if every_class:
        absent = votes.classes - len(np.unique(truth[truth != UNKNOWN]))
        if absent:
            what = f"{absent:,} of the {votes.classes:,} classes of the votes are true of no task"
            raise DataError(what, where=sheet.name, then="correct those votes, or add tasks of these classes")
    return truth


def write_truth(votes: Votes, truth: Ints, path: Path | str) -> None:
    """The classes of the tasks that have one, as `task,label`."""
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow((TASK[0], LABEL[0]))
        for task in np.flatnonzero(truth != UNKNOWN).tolist():
            names = (votes.name_of_task(task), votes.name_of_class(int(truth[task])))
            writer.writerow([escape_formula(n) for n in names])


def _place(sheet: Sheet, names: Sequence[str]) -> int:
    """The column of the first of these names that the file has."""
    found = next(_columns(sheet, names), None)
    if found is None:
        what = f"there is no column {names[0]}"
        raise DataError(what, where=sheet.name, then=f"name one so; there are {named(sheet.columns)}")
    return found


def _columns(sheet: Sheet, names: Sequence[str]) -> Iterator[int]:
    lowered = [c.casefold() for c in sheet.columns]
    return (lowered.index(n) for n in names if n in lowered)
