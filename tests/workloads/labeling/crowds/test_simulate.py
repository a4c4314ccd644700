"""Simulated crowds: each kind does what its words say."""

import numpy as np
import pytest

from privacy.errors import ParamError, UnknownNameError
from workloads.labeling.crowds.plan import (
    COLLUDERS,
    COPYCATS,
    GOLD_AWARE,
    HONEST,
    KINDS,
    LAZY,
    SLEEPERS,
    SLOPPY,
    SPAMMERS,
    TARGETED,
    WORDS,
    CrowdPlan,
)
from workloads.labeling.crowds.simulate import Crowd, simulate
from workloads.labeling.votes.arrays import Bools
from workloads.labeling.votes.table import UNKNOWN


def right(crowd: Crowd, kind: str, where: Bools | None = None) -> float:
    """The share of right votes of a kind, on some tasks."""
    mine = crowd.of(kind)[crowd.votes.worker]
    if where is not None:
        mine &= where[crowd.votes.task]
    return float((crowd.votes.label == crowd.truth[crowd.votes.task])[mine].mean())


def crowd_of(kind: str) -> Crowd:
    return simulate(CrowdPlan(tasks=2000, workers=40, shares={kind: 0.4}, skew=0.5), seed=1)


def test_a_seed_draws_the_same_crowd() -> None:
    first, second, other = (simulate(CrowdPlan(shares={SPAMMERS: 0.3}), seed=s) for s in (1, 1, 2))
    assert (first.votes.label == second.votes.label).all()
    assert (first.votes.worker == second.votes.worker).all()
    assert (first.truth != other.truth).any()
    assert (first.votes.per_task == 5).all()


def test_every_kind_has_words() -> None:
    assert set(WORDS) == set(KINDS)


def test_the_honest_are_as_good_as_their_skill_and_the_sloppy_are_not() -> None:
    crowd = crowd_of(SLOPPY)
    assert right(crowd, HONEST) == pytest.approx(crowd.skill[crowd.of(HONEST)].mean(), abs=0.03)
    assert 0.25 < right(crowd, SLOPPY) < 0.6


def test_guessers_guess_and_the_lazy_give_the_common_class() -> None:
    crowd = crowd_of(SPAMMERS)
    assert right(crowd, SPAMMERS) == pytest.approx(0.2, abs=0.03)
    crowd = crowd_of(LAZY)
    assert set(crowd.votes.label[crowd.of(LAZY)[crowd.votes.worker]].tolist()) == {0}


def test_colluders_agree_and_are_wrong() -> None:
    crowd = crowd_of(COLLUDERS)
    assert right(crowd, COLLUDERS) == 0
    mine = crowd.votes.only(crowd.of(COLLUDERS)[crowd.votes.worker])
    assert ((mine.tally() > 0).sum(axis=1) <= 1).all()


def test_the_gold_aware_are_right_on_gold_alone() -> None:
    crowd = crowd_of(GOLD_AWARE)
    assert right(crowd, GOLD_AWARE, crowd.gold != UNKNOWN) == 1
    assert right(crowd, GOLD_AWARE, crowd.gold == UNKNOWN) == 0


def test_a_targeted_ring_lies_on_its_targets_alone() -> None:
    crowd = crowd_of(TARGETED)
    assert crowd.target.mean() == pytest.approx(0.15, abs=0.03)
    assert right(crowd, TARGETED, crowd.target) == 0
    assert right(crowd, TARGETED, ~crowd.target) > 0.7


def test_copycats_say_the_same_and_sleepers_wake() -> None:
    crowd = crowd_of(COPYCATS)
    mine = crowd.votes.only(crowd.of(COPYCATS)[crowd.votes.worker])
    assert ((mine.tally() > 0).sum(axis=1) <= 1).all()
    crowd = crowd_of(SLEEPERS)
    late = np.arange(2000) > 800
    assert right(crowd, SLEEPERS, ~late) > 0.7
    assert right(crowd, SLEEPERS, late) == 0


def test_settings_draw_crowds_apart() -> None:
    busy = simulate(CrowdPlan(tasks=500, workers=40, uneven=1.5), seed=0)
    even = simulate(CrowdPlan(tasks=500, workers=40), seed=0)
    assert busy.votes.per_worker.std() > 2 * even.votes.per_worker.std()
    hard = simulate(CrowdPlan(tasks=2000, hard=0.9), seed=0)
    assert right(hard, HONEST) < right(even, HONEST) - 0.2
    alike = simulate(CrowdPlan(tasks=2000, classes=4, alike=1.0), seed=0)
    wrong = alike.votes.label != alike.truth[alike.votes.task]
    assert (alike.votes.label[wrong] == (alike.truth[alike.votes.task] ^ 1)[wrong]).all()
    own = simulate(CrowdPlan(tasks=2000, own=1.0), seed=0)
    assert 0.3 < right(own, HONEST) < 0.6


@pytest.mark.parametrize(
    ("settings", "error"),
    [
        ({"shares": {"spamers": 0.1}}, UnknownNameError),
        ({"shares": {SPAMMERS: 0.7, LAZY: 0.5}}, ParamError),
        ({"shares": {SPAMMERS: -0.1}}, ParamError),
        ({"votes": 60}, ParamError),
        ({"classes": 1}, ParamError),
    ],
    ids=["a kind", "too many", "below 0", "more votes than workers", "one class"],
)
def test_what_is_no_crowd_is_refused(settings: dict[str, object], error: type[Exception]) -> None:
    with pytest.raises(error):
        CrowdPlan(**settings)  # type: ignore[arg-type]
