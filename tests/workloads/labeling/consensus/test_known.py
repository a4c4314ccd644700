"""Known answers on tables that a person can work out."""

import numpy as np
import pytest

from privacy.errors import DataError, ParamError, UnknownNameError
from workloads.labeling.consensus.dawid_skene import dawid_skene
from workloads.labeling.consensus.duplicates import copies, duplicates, joined, share_of
from workloads.labeling.consensus.gate import LEAST, on_gold, trust_from
from workloads.labeling.consensus.hierarchical import hierarchical
from workloads.labeling.consensus.levels import levelled, levels_from
from workloads.labeling.consensus.majority import majority
from workloads.labeling.consensus.methods import METHODS, consensus
from workloads.labeling.consensus.one_coin import one_coin
from workloads.labeling.consensus.result import accuracy
from workloads.labeling.consensus.schism import contested
from workloads.labeling.consensus.weighted import weighted
from workloads.labeling.votes.table import UNKNOWN, Votes


def square(rows: list[list[int]], *, classes: int = 0) -> Votes:
    """Votes of as many workers as there are columns, one a task; -1 for none."""
    table = np.array(rows)
    task, worker = np.nonzero(table >= 0)
    return Votes.of(task, worker, table[task, worker], tasks=len(rows), workers=table.shape[1], classes=classes)


TABLE = square([[0, 0, 1], [1, 1, 0], [0, 0, 0], [1, 1, 1], [0, 1, 1]])


def test_majority_is_the_share_of_votes() -> None:
    found = majority(TABLE)
    assert found.labels.tolist() == [0, 1, 0, 1, 1]
    assert found.posterior[0].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_ties_go_to_the_common_class_and_then_to_the_first() -> None:
    assert majority(square([[0, 1], [1, 1]])).labels.tolist() == [1, 1]
    assert majority(square([[0, 1], [1, 0]])).labels.tolist() == [0, 0]


def test_nobody_voted_is_no_label() -> None:
    votes = Votes.of([0, 2], [0, 0], [0, 1], tasks=4)
    for name in METHODS:
        found = consensus(name, votes, gold={3: 1})
        assert found.labels[[1, 3]].tolist() == [UNKNOWN, 1 if METHODS[name].uses_gold else UNKNOWN], name
        assert UNKNOWN not in found.labels[[0, 2]]
        assert found.posterior.sum(axis=1) == pytest.approx(np.ones(4))


def test_agreement_weights_are_shares_of_agreement() -> None:
    found = weighted(TABLE)
    assert found.skill == pytest.approx([4 / 5, 5 / 5, 3 / 5])
    assert found.posterior[4].tolist() == pytest.approx([0.8 / 2.4, 1.6 / 2.4])


def test_one_step_of_one_coin_is_worked_out() -> None:
    found = one_coin(square([[0, 0, 1], [1, 1, 1]]), most=1)
    # From shares of votes: 0 and 1 are right by (2/3 + 1) / 2, and 2 by (1/3 + 1) / 2; class 0 has (2/3 + 0) / 2.
    zero = (1 / 3) * (5 / 6) ** 2 * (1 / 3)
    one = (2 / 3) * (1 / 6) ** 2 * (2 / 3)
    assert found.posterior[0, 0] == pytest.approx(zero / (zero + one))


def test_one_step_of_dawid_skene_is_worked_out() -> None:
    found = dawid_skene(square([[0, 0, 1], [1, 1, 1]]), most=1)
    # Says 0 given 0: (2/3) / (2/3) = 1, given 1: (1/3) / (1/3 + 1) = 1/4. Worker 2 says 1 whatever is true.
    zero = (1 / 3) * 1 * 1 * 1
    one = (2 / 3) * (1 / 4) ** 2 * 1
    assert found.posterior[0, 0] == pytest.approx(zero / (zero + one))


def test_dawid_skene_reads_who_swaps_classes() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, 200)
    good = [np.where(rng.random(200) < 0.85, truth, 1 - truth) for _ in range(5)]
    swaps = [np.where(rng.random(200) < 0.95, 1 - truth, truth) for _ in range(2)]
    votes = square(np.stack([*good, *swaps], axis=1).tolist())
    assert (dawid_skene(votes).labels == truth).mean() > (majority(votes).labels == truth).mean()


def test_gold_is_never_overruled() -> None:
    votes = square([[0] * 6] * 4 + [[1] * 6] * 4)
    for name in ("hierarchical", "robust", "levels"):
        found = consensus(name, votes, gold={0: 1})
        assert found.labels[0] == 1
        assert found.posterior[0].tolist() == [0.0, 1.0]


def test_trust_comes_from_gold_alone() -> None:
    rows = [[0, 1, 0, -1]] * 10 + [[1, 0, 1, -1]] * 10 + [[0, 0, 1, 0]] * 5
    votes, gold = square(rows), np.array([0] * 10 + [1] * 10 + [UNKNOWN] * 5)
    seen, right = on_gold(votes, gold)
    assert (seen.tolist(), right.tolist()) == ([20, 20, 20, 0], [20, 0, 20, 0])
    trust = trust_from(votes, gold)
    assert trust[0] > 0.99
    assert LEAST <= trust[1] < 0.1
    assert trust[1] < trust[3] < trust[0]
    assert trust_from(votes, np.full(25, UNKNOWN)).tolist() == [1.0] * 4


def test_few_votes_of_a_worker_do_not_talk_a_crowd_into_one_class() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 10, 300)
    task = np.repeat(np.arange(300), 5)
    worker = rng.permuted(np.arange(1500)) // 2
    keep = np.unique(task * 750 + worker, return_index=True)[1]
    label = np.where(rng.random(1500) < 0.7, truth[task], rng.integers(0, 10, 1500))
    votes = Votes.of(task[keep], worker[keep], label[keep], tasks=300, workers=750, classes=10)
    found, plain = hierarchical(votes), dawid_skene(votes)
    assert (found.labels == truth).mean() > 0.9
    assert (plain.labels == truth).mean() < 0.8


def test_equal_errors_make_duplicates_and_equal_truth_does_not() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 200)
    honest = [np.where(rng.random(200) < 0.7, truth, rng.integers(0, 4, 200)) for _ in range(8)]
    votes = square(np.stack([*honest, honest[0], honest[0]], axis=1).tolist())
    group = duplicates(votes, truth.astype(np.int32))
    assert len(set(group[[0, 8, 9]].tolist())) == 1
    assert len(set(group.tolist())) == 8
    assert share_of(group)[[0, 1, 8]] == pytest.approx([1 / 3, 1, 1 / 3])
    perfect = square(np.stack([truth] * 5, axis=1).tolist())
    assert len(set(duplicates(perfect, truth.astype(np.int32)).tolist())) == 5


def test_contested_tasks_are_those_on_which_camps_differ() -> None:
    votes = square([[0, 0, 1, 1], [0, 0, 0, 0], [0, -1, 1, -1], [1, 1, -1, -1], [1, 1, 0, 0]])
    camp = np.array([True, True, False, False])
    gold = np.array([UNKNOWN] * 4 + [1])
    assert contested(votes, gold, camp).tolist() == [0, 2]


def test_levels_are_whole_and_few() -> None:
    assert levels_from(np.array([0, 8, 8]), np.array([0.0, 8, 4])).tolist() == [1, 2, 1]
    five = square([[0, 0, 1, 1, 1]] * 2 + [[0, 1, 1, 0, 0]], classes=2)
    weights = np.array([2, 2, 1, 1, 1])
    assert levelled(five, weights=weights).posterior[0].tolist() == pytest.approx([4 / 7, 3 / 7])
    four = square([[0, 1, 1, -1, -1]] * 3)
    assert levelled(four, weights=weights).labels.tolist() == [1, 1, 1]
    with pytest.raises(ParamError):
        levels_from(np.array([1]), np.array([1.0]), levels=(2, 1))


def test_accuracy_leaves_out_what_was_paid_for() -> None:
    labels, truth = np.array([0, 1, 1, 0]), np.array([0, 1, 0, UNKNOWN])
    assert accuracy(labels, truth) == pytest.approx(2 / 3)
    assert accuracy(labels, truth, without=np.array([2])) == 1.0
    assert truth[2] == 0
    with pytest.raises(DataError):
        accuracy(labels, truth, without=np.array([0, 1, 2]))


def test_an_unknown_consensus_is_refused() -> None:
    with pytest.raises(UnknownNameError):
        consensus("majorty", TABLE)


def test_copies_are_found_by_gold_and_not_by_agreement_alone() -> None:
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 4, 300)
    good = [np.where(rng.random(300) < 0.97, truth, rng.integers(0, 4, 300)) for _ in range(3)]
    poor = np.where(rng.random(300) < 0.4, truth, rng.integers(0, 4, 300))
    votes = square(np.stack([*good, poor, poor, poor], axis=1).tolist())
    gold = np.where(np.arange(300) < 30, truth, UNKNOWN).astype(np.int32)
    group = copies(votes, gold)
    assert share_of(group) == pytest.approx([1, 1, 1, 1 / 3, 1 / 3, 1 / 3])
    assert len(set(copies(votes, np.full(300, UNKNOWN, dtype=np.int32)).tolist())) == 6


def test_groups_are_joined_over_both() -> None:
    group = joined(np.array([0, 0, 1, 2]), np.array([0, 1, 1, 2]))
    assert len(set(group[:3].tolist())) == 1
    assert group[3] != group[0]
