"""Attacks on sums: what each reads where nothing stops it, and what stops it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.attacks.aggregation.differencing import alone_advantage, differencing_advantage
from privacy.attacks.aggregation.disaggregation import Setting, disaggregation_curve, simplex
from privacy.attacks.aggregation.kinds import Kinds, base_of, noise_of, over_base
from privacy.attacks.aggregation.reading import read_device, reading_advantage, wires_of
from privacy.attacks.aggregation.unanimous import opinions, unanimous_share
from privacy.boundary.channel import Channel
from privacy.boundary.wire import pack
from privacy.primitives.aggregation import AGGREGATOR, contributor
from privacy.request import RunRequest
from tests.support import rounds
from workloads.survey.attacks import (
    Target,
    alone,
    curve,
    differencing,
    disaggregation,
    plain_sum,
    reading,
    unanimous,
)

KINDS = Kinds(np.eye(4, dtype=np.int64), np.array([0.4, 0.3, 0.2, 0.1]))


def noisy(deviation: float, seed: int = 0):
    rng = np.random.default_rng(seed)
    return lambda vectors: vectors.sum(axis=0) + np.rint(rng.normal(0, deviation, vectors.shape[1])).astype(np.int64)


def target(stack: str, **options: object) -> Target:
    query = RunRequest(workload="survey", stack=stack, options={"devices": 40, "minimum": 4} | options)
    return rounds.target(query)


# Each attack by itself


@given(st.lists(st.floats(-5, 5), min_size=2, max_size=6))
def test_a_mixture_is_never_negative_and_sums_to_one(values):
    found = simplex(np.array([values]))[0]
    assert found.min() >= 0
    assert found.sum() == pytest.approx(1.0)


def test_advantage_is_0_for_guessing_the_most_common_and_1_for_knowing():
    truth = np.array([0] * 60 + [1] * 40)
    assert base_of(truth) == 0.6
    assert over_base(truth == 0, base=0.6)[0] == pytest.approx(0.0)
    assert over_base(truth == truth, base=0.6)[0] == 1.0
    assert over_base(truth == 1, base=0.6)[0] < 0


def test_noise_is_measured_on_zeros_and_a_guess_uses_it():
    assert noise_of(plain_sum, cohort=5, length=4) == 0.0
    assert noise_of(noisy(20), cohort=5, length=400) == pytest.approx(20, rel=0.1)
    blurred = np.array([[0.0, 0.6, 0.0, 0.0]])
    assert KINDS.guess(blurred, noise=0.1)[0] == 1
    assert KINDS.guess(blurred, noise=50.0)[0] == 0


def test_two_sums_show_the_device_between_them_and_noise_hides_it():
    def pair(source):
        return lambda vectors: (source(vectors), source(vectors[1:]))

    exact = differencing_advantage(pair(plain_sum), KINDS, cohort=6, trials=80, noise=0.0, seed=0)
    hidden = differencing_advantage(pair(noisy(6)), KINDS, cohort=6, trials=80, noise=6.0, seed=0)
    assert exact[0] == 1.0
    assert hidden[1] <= 0.0 <= hidden[2]
    assert differencing_advantage(lambda v: None, KINDS, cohort=6, trials=5, noise=0.0, seed=0) is None


def test_a_sum_of_one_is_that_device():
    assert alone_advantage(plain_sum, KINDS, trials=40, noise=0.0, seed=0)[0] == 1.0
    assert alone_advantage(lambda v: None, KINDS, trials=40, noise=0.0, seed=0) is None


def test_half_of_the_tallies_of_three_are_unanimous_at_80_percent():
    value, low, high = unanimous_share(plain_sum, KINDS, cohort=3, count=1500, seed=0)
    assert low < 0.52 < high
    larger = unanimous_share(plain_sum, KINDS, cohort=10, count=600, seed=0)
    assert larger[2] < value / 2
    assert unanimous_share(noisy(5), KINDS, cohort=3, count=300, seed=0)[0] <= 0.02
    agree = opinions(KINDS, cohort=3, count=2000, rng=np.random.default_rng(1))
    assert (agree == agree[:, :1]).all(axis=1).mean() == pytest.approx(0.514, abs=0.04)


def test_changing_cohorts_of_ten_separate_by_round_20_and_fixed_ones_never():
    setting = Setting(devices=30, cohort=10, rounds=20, worlds=12)
    changing = disaggregation_curve(plain_sum, KINDS, setting, seed=0)
    assert [p.round for p in changing] == list(range(1, 21))
    assert changing[2].share < 0.2
    assert changing[-1].share > 0.9
    fixed = disaggregation_curve(plain_sum, KINDS, Setting(rounds=40, worlds=6, fixed=True), seed=0)
    assert max(p.share for p in fixed) <= 0.05
    hidden = disaggregation_curve(noisy(4), KINDS, setting, seed=0)
    assert max(p.share for p in hidden) < 0.25
    assert disaggregation_curve(lambda v: None, KINDS, setting, seed=0) == []


def test_a_population_that_is_one_cohort_is_never_separated_however_often_it_is_summed():
    setting = Setting(devices=10, cohort=10, rounds=30, worlds=4, fixed=True)
    assert disaggregation_curve(plain_sum, KINDS, setting, seed=3)[-1].share == 0.0


def test_a_reader_that_learns_nothing_claims_nothing():
    rng = np.random.default_rng(0)
    truth = KINDS.draw(120, rng)
    hidden = [(np.full(4, np.nan), rng.normal(size=60)) for _ in truth]
    assert reading_advantage(hidden, truth, KINDS, noise=0.0)[0] == pytest.approx(0.0, abs=0.25)
    document = [(np.full(4, np.nan), np.append(rng.normal(size=60), np.eye(4)[k].repeat(8) * 9)) for k in truth]
    assert reading_advantage(document, truth, KINDS, noise=0.0)[0] > 0.3
    clear = [(KINDS.vectors[k].astype(float), np.zeros(3)) for k in truth]
    assert reading_advantage(clear, truth, KINDS, noise=0.0)[0] == 1.0
    masks = [(rng.integers(0, 2**32, 4).astype(float), rng.normal(size=60)) for _ in truth]
    assert reading_advantage(masks, truth, KINDS, noise=0.0)[0] == pytest.approx(0.0, abs=0.25)


def test_a_vector_in_the_clear_is_found_behind_a_header_too():
    query = RunRequest(workload="survey", options={"devices": 10, "minimum": 3, "dropouts": 0.0})
    channel = Channel()
    done = rounds.held(query, channel)
    view = channel.seal().view({AGGREGATOR})
    party = contributor(4)
    (message,) = wires_of(view, AGGREGATOR, party)
    found, _ = read_device([message], length=done.question.survey.length)
    assert np.array_equal(found, done.vectors[party])
    assert b"VBA1" in b"head" + pack(np.arange(3))
    empty, features = read_device([], length=3)
    assert np.isnan(empty).all()
    assert not features.any()


# Through the stacks


@pytest.mark.parametrize("stack", ["plain", "smpc", "he"])
def test_the_aggregators_view_reads_devices_under_plain_alone(stack):
    found = reading(target(stack))
    if stack == "plain":
        assert found.value == 1.0
    else:
        assert found.low <= 0.0 <= found.high


def test_of_two_aggregators_neither_reads_a_device():
    query = RunRequest(
        workload="survey", stack="smpc", params={"scheme": "two servers"}, options={"devices": 40, "minimum": 4}
    )
    found = reading(rounds.target(query))
    assert found.low <= 0.0 <= found.high
    assert "aggregator-" in found.note


@pytest.mark.parametrize("stack", ["plain", "smpc", "he"])
def test_hiding_contributions_does_not_hide_the_difference_of_two_sums(stack):
    found = differencing(target(stack, minimum=2))
    assert found.value == 1.0
    assert "through the stack" in found.note


def test_noise_hides_the_difference_and_many_rounds_and_says_what_plain_sums_show():
    noised = target("dp")
    found = differencing(noised)
    assert found.low <= 0.0 <= found.high
    assert unanimous(noised).value <= 0.1
    changing, fixed = disaggregation(noised)
    assert changing.value < 0.2
    assert fixed.value <= 0.05
    assert float(changing.note.rsplit(" ", 1)[1]) > 0.85


def test_under_noise_that_the_aggregator_adds_it_still_reads_every_device():
    assert reading(target("dp")).value == 1.0


def test_a_minimum_cohort_stops_a_sum_of_one_and_without_it_nothing_does():
    stopped = alone(target("plain", minimum=2))
    assert stopped.value == 0.0
    assert "aborts" in stopped.note
    assert "1.00" in stopped.note
    free = alone(target("plain", minimum=1))
    assert free.value == 1.0
    assert "no minimum" in free.note


def test_plain_curves_are_those_of_every_stack_that_only_hides():
    hiding, clear = target("he", rounds=16), target("plain", rounds=16)
    assert curve(hiding, worlds=3) == curve(clear, worlds=3) == curve(hiding, plain=True, worlds=3)
