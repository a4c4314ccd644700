"""Bugs of private sums, planted: each is caught by the check that is meant for it, and what is sound by none."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest
from scipy.stats import binom

from backends.dp.aggregation.clip import clipped
from backends.dp.aggregation.noise import draw
from backends.dp.aggregation.plan import NoisePlan
from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.plugin import DpParams
from privacy.attacks.audit_sum import SumAudit, audit_sum, divisor_depends_on_count, gaussian_epsilon, released_sums
from privacy.attacks.float_leak import float_leak
from privacy.errors import ParamError
from privacy.plugin import AggregationTask, Seat
from privacy.primitives.aggregation import contributor

FALSE_ALARM = 1e-4
EPSILON, DELTA = 1.0, 1e-5
TASK = AggregationTask(contributors=3, length=2, bound=100_000, unit=1e-3)
SHARED = replace(TASK, noise_shares=2)
FIRST, CLIENT = contributor(1), contributor(3)
OTHER = np.array([300, -200])
MOST = np.array([90_000, 0])
"""Far longer than the clip norm of 1000 steps."""


class NoiseQuarter(SumNoise):
    """Noise of a quarter of the standard deviation."""

    def plan(self, task: AggregationTask) -> NoisePlan:
        plan = super().plan(task)
        return replace(plan, variance=plan.variance / 16)


class TwiceTheClip(SumNoise):
    """Vectors of twice the norm that the noise is made for."""

    def randomise(self, value: object, seat: Seat[AggregationTask]) -> np.ndarray:
        plan = self.plan(seat.task)
        out = clipped(np.asarray(value), most=2 * plan.clip)
        return out + draw(seat, length=len(out), variance=plan.share) if plan.shares else out


class LargestEntry(SumNoise):
    """Clipped by the largest entry, as if that were the norm."""

    def randomise(self, value: object, seat: Seat[AggregationTask]) -> np.ndarray:
        most = self.plan(seat.task).clip
        return np.clip(np.asarray(value), -most, most)


class SmallShares(SumNoise):
    """Each contributor adds a share that is small enough for sixteen times as many."""

    def plan(self, task: AggregationTask) -> NoisePlan:
        plan = super().plan(task)
        return replace(plan, shares=plan.shares * 16)


def played(kind: type[SumNoise], task: AggregationTask = TASK, *, plays: int) -> Iterator[SumAudit]:
    """The game of one release, split in three ways: without the client (or its vector), and with it."""
    randomiser, honest = kind(DpParams(epsilon=EPSILON, delta=DELTA)), SumNoise(DpParams(epsilon=EPSILON, delta=DELTA))
    absent = {CLIENT: np.zeros_like(MOST)} if task.noise_shares else {}
    cohorts = {FIRST: OTHER, **absent}, {FIRST: OTHER, CLIENT: MOST}
    sides = [released_sums(randomiser, task, cohort, count=plays // 2) for cohort in cohorts]
    for seed in range(3):
        yield audit_sum(
            lambda n: sides[0][:n],
            lambda n: sides[1][:n],
            plays=plays,
            delta=DELTA,
            confidence=1 - FALSE_ALARM,
            declared=honest.output(task).epsilon,
            declared_rho=honest.cost(task).rho,
            declared_mu=1 / honest.plan(task).z,
            directions=[MOST],
            seed=seed,
        )


@pytest.mark.soak("planted")
@pytest.mark.parametrize("task", [TASK, SHARED], ids=["central", "shares"])
def test_the_honest_noise_is_never_accused(task: AggregationTask) -> None:
    for found in played(SumNoise, task, plays=8000):
        assert not found.refuted, found.sentence()


@pytest.mark.soak("planted")
@pytest.mark.parametrize("task", [TASK, SHARED], ids=["central", "shares"])
def test_noise_four_times_too_small_is_caught_without_a_model(task: AggregationTask) -> None:
    for found in played(NoiseQuarter, task, plays=6000):
        # By rho, far beyond doubt; epsilon alone takes twice the releases.
        assert found.free_refutes
        assert found.gaussian_refutes
        assert "is declared" in found.sentence()


@pytest.mark.soak("planted")
@pytest.mark.parametrize("task", [TASK, SHARED], ids=["central", "shares"])
def test_a_sensitivity_understated_twice_is_caught(task: AggregationTask) -> None:
    # The bound lies six standard deviations or more above the claim; at 16,000 it was less than four.
    for found in played(TwiceTheClip, task, plays=40_000):
        assert found.gaussian_refutes
        # What epsilon is without a model lies further below.
        assert found.free.lower < found.gaussian_epsilon > EPSILON


@pytest.mark.soak("planted")
def test_shares_that_are_too_few_are_caught() -> None:
    assert all(found.free_refutes for found in played(SmallShares, SHARED, plays=6000))


@pytest.mark.soak("planted")
def test_a_norm_of_the_largest_entry_alone_is_caught() -> None:
    wide = replace(TASK, length=16)
    randomiser, honest = LargestEntry(DpParams(epsilon=EPSILON)), SumNoise(DpParams(epsilon=EPSILON))
    none, client = np.zeros(16, dtype=int), np.full(16, 90_000)
    claim = {"declared": EPSILON, "declared_rho": honest.cost(wide).rho, "delta": DELTA, "confidence": 1 - FALSE_ALARM}
    for kind, caught in ((randomiser, True), (honest, False)):
        cohorts = {FIRST: none}, {FIRST: none, CLIENT: client}
        sides = [lambda n, c=c, k=kind: released_sums(k, wide, c, count=n) for c in cohorts]
        assert audit_sum(*sides, plays=2000, directions=[client], **claim).free_refutes == caught


@dataclass(frozen=True)
class NaiveFloat:
    """Adds NumPy's normal floats to a sum in real units."""

    sigma: float

    def release(self, value: np.ndarray, count: int) -> np.ndarray:
        rng = np.random.default_rng()
        return value + rng.normal(0, self.sigma, (count, len(value)))


def test_naive_float_noise_is_caught_by_its_low_order_bits() -> None:
    sigma = SumNoise(DpParams(epsilon=EPSILON, delta=DELTA)).plan(TASK).z
    values = np.zeros(2), np.array([1.0, 0.0])
    for seed in range(3):
        sides = [NaiveFloat(sigma).release(value, 2000) for value in values]
        found = float_leak(*sides, *values, delta=DELTA, confidence=1 - FALSE_ALARM, seed=seed, declared=EPSILON)
        assert found.refuted


def test_whole_releases_have_no_low_order_bits_to_read() -> None:
    randomiser = SumNoise(DpParams(epsilon=EPSILON, delta=DELTA))
    cohorts = {FIRST: np.zeros(2, dtype=int)}, {FIRST: np.array([1000, 0])}
    sums = [released_sums(randomiser, TASK, cohort, count=1000) for cohort in cohorts]
    for seed in range(3):
        # In real units they are floats, each the nearest to a whole number of steps, wherever it came from.
        sides = [s * TASK.unit for s in sums]
        values = [cohort[FIRST] * TASK.unit for cohort in cohorts]
        found = float_leak(*sides, *values, delta=DELTA, confidence=1 - FALSE_ALARM, seed=seed, declared=EPSILON)
        assert not found.refuted
    with pytest.raises(ValueError, match="not floats"):
        float_leak(*sums, np.zeros(2), np.zeros(2))


def test_a_mean_over_the_realised_count_is_caught() -> None:
    planted = {
        "mean": lambda total, count: total / count,
        "rounded mean": lambda total, count: np.rint(total / count),
        "at least one": lambda total, count: total / max(1, count - 10),
        "scaled up": lambda total, count: total * count,
    }
    honest = {
        "q N": lambda total, count: total / (0.1 * 5000),
        "share": lambda total, count: np.clip(total / 500, 0, 1),
        "sum": lambda total, count: total,
    }
    for seed in range(5):
        assert all(divisor_depends_on_count(e, seed=seed) for e in planted.values())
        assert not any(divisor_depends_on_count(e, seed=seed) for e in honest.values())
    with pytest.raises(ParamError, match="two different"):
        divisor_depends_on_count(honest["sum"], counts=(5, 5))


def test_the_gaussian_bound_is_that_of_its_mu() -> None:
    assert gaussian_epsilon(1 / 3.730632, delta=1e-5) == pytest.approx(1.0, abs=1e-5)
    assert gaussian_epsilon(0.0, delta=1e-5) == gaussian_epsilon(1e-9, delta=1e-5) == 0.0
    rng = np.random.default_rng(5)
    sides = [lambda n, s=s: rng.normal(s, 1, n) for s in (0.0, 1.0)]
    found = audit_sum(*sides, plays=40_000, delta=1e-5)
    assert 0.8 < found.mu <= 1.0
    assert found.free.lower < found.gaussian_epsilon <= gaussian_epsilon(1.0, delta=1e-5)
    assert (found.refuted, found.assumption) == (False, "Gaussian noise (mu-GDP)")
    assert math.isfinite(found.as_dict()["free"]["lower"])


@pytest.mark.soak("planted")
def test_a_tight_claim_is_refuted_no_more_often_than_the_level_says() -> None:
    games, level, mu = 150, 0.2, 1.0
    rng, alarms = np.random.default_rng(7), 0
    claims = {"declared": gaussian_epsilon(mu, delta=DELTA), "declared_rho": mu**2 / 2, "declared_mu": mu}
    sides = [lambda n, s=s: rng.normal(s, 1, n) for s in (0.0, mu)]
    for seed in range(games):
        alarms += audit_sum(*sides, plays=1000, delta=DELTA, confidence=1 - level, seed=seed, **claims).refuted
    assert alarms <= binom.isf(1e-6, games, level)
    # It is below the level, as intervals of both chances are joined; and the same game sees a claim of half the size.
    half = {"declared_mu": mu / 2}
    assert audit_sum(*sides, plays=4000, delta=DELTA, confidence=1 - level, **half).gaussian_refutes


def test_the_order_of_the_inputs_does_not_matter() -> None:
    rng = np.random.default_rng(6)
    sides = [lambda n, s=s: rng.normal(s, 1, n) for s in (1.0, 0.0)]
    assert 0.75 < audit_sum(*sides, plays=20_000, delta=1e-5, directions=[[1.0]]).mu <= 1.0
