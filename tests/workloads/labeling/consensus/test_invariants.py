"""What no consensus may depend on: the order of rows, the numbers of tasks and workers, and the names of classes."""

from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from workloads.labeling.consensus.methods import METHODS, consensus
from workloads.labeling.crowds.plan import SPAMMERS, CrowdPlan
from workloads.labeling.crowds.simulate import simulate
from workloads.labeling.votes.table import UNKNOWN, Votes

PLAN = CrowdPlan(tasks=40, workers=12, classes=3, votes=4, gold=0.2, shares={SPAMMERS: 0.2})


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(0, 50), st.integers(0, 10**6))
def test_order_and_numbers_do_not_matter(method: str, seed: int, shuffle: int) -> None:
    crowd, rng = simulate(PLAN, seed=seed), np.random.default_rng(shuffle)
    votes = crowd.votes
    task, worker, rows = rng.permutation(40), rng.permutation(12), rng.permutation(len(votes))
    again = Votes.of(
        task[votes.task][rows], worker[votes.worker][rows], votes.label[rows], tasks=40, workers=12, classes=3
    )
    gold = np.empty_like(crowd.gold)
    gold[task] = crowd.gold
    first, second = consensus(method, votes, gold=crowd.gold), consensus(method, again, gold=gold)
    assert second.posterior[task] == pytest.approx(first.posterior, abs=1e-4)
    sure = _sure(first.posterior)
    assert (second.labels[task] == first.labels)[sure].all()
    if first.skill is not None and second.skill is not None:
        assert second.skill[worker] == pytest.approx(first.skill, abs=1e-3)


@pytest.mark.parametrize("method", METHODS)
@given(st.integers(0, 50), st.permutations(range(3)))
def test_names_of_classes_do_not_matter(method: str, seed: int, order: list[int]) -> None:
    crowd, new = simulate(PLAN, seed=seed), np.array(order)
    votes = crowd.votes
    # Where classes are as common, the first of those that tie wins, and that is a name.
    assume(len(set(np.bincount(votes.label).tolist())) == 3)
    again = Votes(votes.task, votes.worker, new[votes.label], 40, 12, 3)
    gold = np.where(crowd.gold == UNKNOWN, UNKNOWN, new[crowd.gold])
    first, second = consensus(method, votes, gold=crowd.gold), consensus(method, again, gold=gold)
    assert second.posterior[:, new] == pytest.approx(first.posterior, abs=1e-4)
    sure = _sure(first.posterior)
    assert (second.labels == new[first.labels])[sure].all()


def _sure(posterior: Any) -> Any:
    """Tasks whose best class does not tie: sums in another order round differently."""
    two = np.sort(posterior, axis=1)[:, -2:]
    return two[:, 1] - two[:, 0] > 1e-3
