"""What votes are paid, and that attackers are not."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import ParamError
from workloads.labeling.consensus.result import Consensus
from workloads.labeling.consensus.robust import robust
from workloads.labeling.crowds.plan import COLLUDERS, COPYCATS, GOLD_AWARE, HONEST, LAZY, SPAMMERS, CrowdPlan
from workloads.labeling.crowds.simulate import simulate
from workloads.labeling.pay.points import points
from workloads.labeling.pay.scores import of_workers, scores
from workloads.labeling.votes.table import UNKNOWN, Votes


def made(votes: Votes, **more: object) -> Consensus:
    """A consensus in which every worker is right in 4 of 5, and both classes are as common."""
    half = np.full((votes.tasks, 2), 0.5)
    labels = np.zeros(votes.tasks, dtype=np.int32)
    return Consensus(labels, half, np.full(votes.workers, 0.8), **more)  # type: ignore[arg-type]


def test_a_score_is_what_the_others_say_less_the_base_rate() -> None:
    votes = Votes.of([0, 0, 0, 1], [0, 1, 2, 0], [0, 0, 1, 1])
    found = scores(votes, made(votes))
    # Odds of 4 to 1 for each other vote: 0 and 1 see one of each kind, 2 sees two against it, and 0 on 1 sees nobody.
    assert found == pytest.approx([0.0, 0.0, 1 / 17 - 0.5, 0.0])


def test_a_ring_does_not_pay_itself() -> None:
    votes = Votes.of([0, 0, 0], [0, 1, 2], [1, 1, 0], tasks=1)
    alone = scores(votes, made(votes))
    ring = scores(votes, made(votes, group=np.array([0, 0, 1])))
    assert alone[0] == pytest.approx(0.0)
    assert ring[:2] == pytest.approx([(0.2 - 0.5) / 2] * 2)


def test_gold_audits_and_the_expelled_are_not_paid() -> None:
    votes = Votes.of([0, 0, 1, 1, 2, 2], [0, 1] * 3, [0] * 6, classes=2)
    found = made(votes, audited=np.array([1]), expelled=np.array([False, True]))
    paid = scores(votes, found, gold=np.array([0, UNKNOWN, UNKNOWN]))
    assert (paid != 0).tolist() == [False, False, False, False, True, False]
    assert of_workers(votes, np.array([1.0, -3, 1, 1, 1, 1])).tolist() == [3.0, 0.0]


@pytest.mark.parametrize(
    ("kind", "share"), [(SPAMMERS, 0.2), (LAZY, 0.4), (COLLUDERS, 0.45), (GOLD_AWARE, 0.45), (COPYCATS, 0.3)]
)
def test_attackers_earn_a_tenth_of_the_honest_at_most(kind: str, share: float) -> None:
    plan = CrowdPlan(tasks=600, workers=20, skew=0.6, shares={kind: share})
    for seed in range(2):
        crowd = simulate(plan, seed=seed)
        found = robust(crowd.votes, gold=crowd.gold, audit=crowd.audit, seed=seed)
        paid = of_workers(crowd.votes, scores(crowd.votes, found, gold=crowd.gold)) / crowd.votes.per_worker
        honest = crowd.of(HONEST)
        right = crowd.votes.label == crowd.truth[crowd.votes.task]
        true = np.bincount(crowd.votes.worker, weights=right) / crowd.votes.per_worker
        assert paid[~honest].mean() <= (0.15 if kind == COPYCATS else 0.1) * paid[honest].mean()
        assert np.corrcoef(paid[honest], true[honest])[0, 1] >= 0.9


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=30), st.integers(0, 10**12))
def test_points_sum_to_the_budget(earned: list[float], budget: int) -> None:
    array = np.array(earned)
    paid = points(array, budget=budget)
    assert paid.sum() == (budget if array.sum() > 0 else 0)
    assert (paid >= 0).all()
    assert (paid[array == 0] == 0).all()


def test_points_go_by_largest_remainder() -> None:
    assert points(np.array([1.0, 1.0, 1.0]), budget=10).tolist() == [4, 3, 3]
    assert points(np.array([0.5, 0.0, 1.5]), budget=7).tolist() == [2, 0, 5]
    for earned, budget in ((np.array([-1.0]), 5), (np.array([np.nan]), 5), (np.array([1.0]), -1)):
        with pytest.raises(ParamError):
            points(earned, budget=budget)
