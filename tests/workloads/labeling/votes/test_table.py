"""The table of votes."""

import numpy as np
import pytest

from privacy.errors import DataError
from workloads.labeling.votes.table import UNKNOWN, Votes, as_gold


def test_a_table_counts_its_votes() -> None:
    votes = Votes.of([0, 0, 1], [0, 1, 1], [2, 2, 0], tasks=3)
    assert (votes.tasks, votes.workers, votes.classes, len(votes)) == (3, 2, 3, 3)
    assert votes.tally().tolist() == [[0, 0, 2], [1, 0, 0], [0, 0, 0]]
    assert votes.tally(np.array([0.5, 1.0, 2.0])).tolist() == [[0, 0, 1.5], [2, 0, 0], [0, 0, 0]]
    assert votes.per_task.tolist() == [2, 1, 0]
    assert votes.per_worker.tolist() == [1, 2]
    assert votes.only(votes.worker == 1).task.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("task", "worker", "label", "counts"),
    [
        ([0, 0], [0, 0], [0, 1], {}),
        ([0, 1], [0], [0, 1], {}),
        ([0, 5], [0, 0], [0, 1], {"tasks": 2}),
        ([0, -1], [0, 0], [0, 1], {}),
        ([0, 1], [0, 0], [0, 0], {}),
    ],
    ids=["a vote twice", "columns that differ", "a task beyond", "a task before", "one class"],
)
def test_what_is_no_table_is_refused(
    task: list[int], worker: list[int], label: list[int], counts: dict[str, int]
) -> None:
    with pytest.raises(DataError):
        Votes.of(task, worker, label, **counts)


def test_gold_is_an_array_or_some_tasks() -> None:
    votes = Votes.of([0, 1, 2], [0, 0, 0], [0, 1, 0])
    assert as_gold(votes, None).tolist() == [UNKNOWN] * 3
    assert as_gold(votes, {1: 0}).tolist() == [UNKNOWN, 0, UNKNOWN]
    assert as_gold(votes, np.array([1, UNKNOWN, 0])).tolist() == [1, UNKNOWN, 0]
    for bad in ({3: 0}, {0: 2}, np.array([0, 1]), np.array([0, 0, -2])):
        with pytest.raises(DataError):
            as_gold(votes, bad)
