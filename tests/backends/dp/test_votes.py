"""Noise on votes: a randomised vote is a vote, each is told true as often as epsilon says, and tallies are noised."""

import math

import numpy as np
import pytest

from backends.dp.aggregation.release import SumRelease
from backends.dp.aggregation.votes import TallyNoise, VoteResponse, VoteTally
from backends.dp.plugin import DpParams
from privacy.boundary.seat import OsRandomness, Seat
from privacy.errors import BoundaryError, ParamError
from privacy.plugin import AGGREGATOR, AggregationTask, contributor

VOTES = AggregationTask(contributors=4000, length=10, bound=1, one_hot=5)


class Seeded(OsRandomness):
    seeded = True


SEAT = Seat(contributor(1), VOTES)
ONE = np.array([0, 0, 1, 0, 0] * 2)


def test_votes_take_randomised_response_and_other_sums_gaussian_noise():
    release = SumRelease(DpParams())
    assert isinstance(release.of(VOTES), VoteResponse)
    assert not isinstance(release.of(AggregationTask(contributors=9, length=10, bound=1)), VoteResponse)
    assert isinstance(SumRelease(DpParams(sum_noise="laplace")).of(VOTES), VoteTally)


def test_a_randomised_vote_is_one_vote_and_true_as_often_as_epsilon_says():
    epsilon, plays = 2.0, 4000
    response = VoteResponse(DpParams(epsilon=epsilon))
    votes = np.stack([response.randomise(ONE, SEAT) for _ in range(plays)]).reshape(-1, 5)
    assert (votes.sum(axis=1) == 1).all()
    truth = math.exp(epsilon) / (math.exp(epsilon) + 4)
    shares, n = votes.mean(axis=0), 2 * plays
    assert abs(shares[2] - truth) < 5 * math.sqrt(truth * (1 - truth) / n)
    assert np.abs(shares[[0, 1, 3, 4]] - (1 - truth) / 4).max() < 5 * math.sqrt(0.1 / n)
    assert response.cost(VOTES).epsilon == pytest.approx(epsilon, abs=1e-6)
    assert (response.output(VOTES).model, response.output(VOTES).unit) == ("local", "vote")


def test_no_vote_stays_none():
    vector = np.array([0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    out = VoteResponse(DpParams()).randomise(vector, SEAT)
    assert (out[:5].sum(), out[5:].sum()) == (1, 0)


@pytest.mark.parametrize("vector", [np.full(10, 1), np.array([2, *[0] * 9]), np.array([-1, *[0] * 9]), np.zeros(9)])
def test_what_is_no_vote_is_refused(vector):
    for kind in (VoteResponse, VoteTally):
        with pytest.raises(BoundaryError):
            kind(DpParams()).randomise(vector.astype(np.int64), SEAT)


def test_a_seeded_seat_draws_no_noise():
    seeded = Seat(contributor(1), VOTES, random=Seeded())
    with pytest.raises(BoundaryError, match="seeded"):
        VoteResponse(DpParams()).randomise(ONE, seeded)
    with pytest.raises(BoundaryError, match="seeded"):
        TallyNoise(1.0, 10).add(np.zeros(10, dtype=np.int64), Seat(AGGREGATOR, VOTES, random=Seeded()))


def test_a_tally_gets_discrete_laplace_noise_for_two_entries():
    epsilon, plays = 1.0, 400
    noise = VoteTally(DpParams(epsilon=epsilon)).central(VOTES)
    assert noise == TallyNoise(epsilon, 10)
    drawn = np.stack([noise.add(np.full(10, 7), Seat(AGGREGATOR, VOTES)) for _ in range(plays)]) - 7
    decay = math.exp(-epsilon / 2)
    variance = 2 * decay / (1 - decay) ** 2
    assert abs(drawn.mean()) < 5 * math.sqrt(variance / drawn.size)
    assert abs(drawn.var() / variance - 1) < 0.25
    assert VoteTally(DpParams(epsilon=epsilon)).output_for("aggregator", VOTES) is None
    assert VoteTally(DpParams(epsilon=epsilon)).output_for("collector", VOTES).epsilon == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "task"),
    [
        (VoteResponse, AggregationTask(contributors=9, length=10, bound=1)),
        (VoteResponse, AggregationTask(contributors=9, length=10, bound=1, one_hot=1)),
        (VoteTally, AggregationTask(contributors=9, length=10, bound=1)),
        (VoteTally, AggregationTask(contributors=9, length=10, bound=1, one_hot=5, noise_shares=3)),
        (VoteTally, AggregationTask(contributors=2, length=10, bound=1, one_hot=5, weights=(1, 2))),
    ],
)
def test_a_sum_that_this_noise_does_not_fit_is_refused(kind, task):
    with pytest.raises(ParamError):
        kind(DpParams()).carried(task)
