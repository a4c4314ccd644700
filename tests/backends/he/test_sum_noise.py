"""Sums under HE, the numbers: error bounds against measured errors, flooding noise, and the choice of parameters."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from backends.he.aggregation import roles as sum_roles
from backends.he.aggregation.flooding import distinguishing_bits, flooding_deviation, gaussian
from backends.he.aggregation.keys import SumEncryptor, SumKeys
from backends.he.aggregation.mechanism import HeAggregation
from backends.he.aggregation.noise import FAILURE_BITS, gaussian_tail, sum_noise
from backends.he.aggregation.plan import SumPlan, sum_plan
from backends.he.aggregation.presets import SUM_PRESETS
from backends.he.aggregation.roles import released
from backends.he.plugin import HeParams
from backends.he.sampling import Sampler
from privacy.boundary.seat import Seat
from privacy.errors import ParamError
from privacy.plugin import COLLECTOR, AggregationTask, contributor

# Ten vectors of 16 bits: under CKKS the flooding noise shows in whole steps.
TASK = AggregationTask(contributors=10, length=20_000, bound=1 << 15)


def planned(task: AggregationTask = TASK, scheme: str = "ckks", bits: int = 30, releases: int = 16) -> SumPlan:
    return sum_plan(task, scheme=scheme, flooding_bits=bits, releases=releases)


def errors(preset, contributions: int, blocks: int):
    """Phases (blocks, n) of sums of encryptions of zero."""
    keys = SumKeys(preset)
    encryptor, seat = SumEncryptor(preset, keys.public), Seat(contributor(1), TASK)
    cells = np.zeros((blocks, preset.degree), dtype=np.int64)
    parts = [encryptor.encrypt(cells, Sampler(seat.random.bytes), delta=1) for _ in range(contributions)]
    total = sum(parts) % np.uint64(preset.modulus)
    return keys.phases(total[:, 0], total[:, 1])


@pytest.mark.parametrize("preset", SUM_PRESETS, ids=lambda preset: str(preset.degree))
def test_the_bounds_hold_and_are_not_far_off(preset) -> None:
    found = errors(preset, contributions=6, blocks=40)
    bound = sum_noise(degree=preset.degree, contributions=6, coefficients=found.size, released=found.size)
    assert 0.6 < found.var() / bound.variance < 1
    assert 0.3 < np.abs(found).max() / bound.largest < 1
    assert 0.6 < np.linalg.norm(found) / bound.norm < 1
    # At failure 2^-40 the bound is 8 to 9 deviations; a Gaussian of that size reaches 4 to 5 over so many.
    assert 7.5 < bound.largest / math.sqrt(bound.variance) < 9.5


def test_overflows_come_as_often_as_the_tail_says() -> None:
    """The tail bound at a failure that can be counted: 2 exp(-x^2 / 2V) is over the share measured at every x."""
    found = errors(SUM_PRESETS[0], contributions=4, blocks=100)
    variance = sum_noise(degree=1024, contributions=4, coefficients=1, released=1).variance
    for deviations in (1, 2, 3, 4):
        share = np.mean(np.abs(found) > deviations * math.sqrt(variance))
        assert share <= 2 * math.exp(-(deviations**2) / 2)
    assert np.mean(np.abs(found) > math.sqrt(variance)) > 0.15


def test_a_tail_is_the_failure_that_it_claims() -> None:
    for coordinates in (1, 1000, 10**7):
        reach = gaussian_tail(deviation=2.0, coordinates=coordinates)
        assert coordinates * 2 * stats.norm.sf(reach / 2.0) < 2.0**-FAILURE_BITS / 8
        assert coordinates * 2 * stats.norm.sf(0.9 * reach / 2.0) > 2.0**-FAILURE_BITS / 8


def test_norms_grow_with_what_is_released_and_never_pass_the_largest() -> None:
    norms = [sum_noise(degree=2048, contributions=3, coefficients=10**6, released=n) for n in (1, 100, 10**4, 10**6)]
    assert all(one.norm < two.norm for one, two in itertools.pairwise(norms))
    assert norms[0].norm <= norms[0].largest
    assert norms[-1].norm < 1.2 * math.sqrt(10**6 * norms[-1].variance)


def test_the_deviation_is_the_formula_of_the_source() -> None:
    assert flooding_deviation(norm=5.0, bits=30, releases=3) == pytest.approx(math.sqrt(12 * 3) * 2**15 * 5)
    plan = planned()
    assert plan.deviation == pytest.approx(math.sqrt(12 * 16) * 2**15 * plan.noise.norm)
    # Pinsker on 16 releases: sqrt(16 norm^2 / (4 sigma^2)).
    distance = math.sqrt(16 * (plan.noise.norm / plan.deviation) ** 2 / 4)
    assert distinguishing_bits(30) == pytest.approx(-math.log2(distance))


def test_gaussians_are_gaussian_and_never_repeat() -> None:
    seat = Seat(COLLECTOR, TASK)
    drawn = gaussian(seat, 100_001, deviation=1000.0)
    assert drawn.dtype == np.int64
    assert drawn.shape == (100_001,)
    assert stats.kstest(drawn / 1000, "norm").pvalue > 1e-6
    assert not np.array_equal(drawn, gaussian(seat, 100_001, deviation=1000.0))


def flooding_holds(plan: SumPlan, seat: Seat) -> bool:
    """Whether what is released carries Gaussian noise of the declared deviation.

    Phases at known distances from a step are released; rounding adds 1/12 of a squared step. False alarms: 1e-6.
    """
    count = 40_000
    phases = np.arange(count, dtype=np.int64) * (plan.delta // count) + 1000 * plan.delta
    error = (released(plan, phases, seat) * plan.delta - phases).astype(float)
    declared = plan.deviation**2 + plan.delta**2 / 12
    low, high = stats.chi2.ppf([5e-7, 1 - 5e-7], count) / count
    return bool(low < np.mean(error**2) / declared < high)


def test_what_is_released_carries_the_declared_noise() -> None:
    assert flooding_holds(planned(), Seat(COLLECTOR, TASK))


@pytest.mark.parametrize("share", [0.0, 0.5, 0.95, 1.05], ids=["rounding only", "half", "5% less", "5% more"])
def test_flooding_left_out_or_mismeasured_is_caught(share: float, monkeypatch: pytest.MonkeyPatch) -> None:
    def planted(seat, count, *, deviation):
        return gaussian(seat, count, deviation=share * deviation)

    monkeypatch.setattr(sum_roles, "gaussian", planted)
    assert not flooding_holds(planned(), Seat(COLLECTOR, TASK))


def test_flooding_draws_from_the_partys_randomness_even_where_rounding_hides_it() -> None:
    class Counting:
        seeded, query = False, 0

        def bytes(self, count: int) -> bytes:
            self.query += count
            return bytes(range(256)) * (count // 256) + bytes(count % 256)

    for scheme, expected in (("ckks", 8 * 512), ("bfv", 0)):
        plan = planned(AggregationTask(contributors=10, length=512, bound=1), scheme)
        assert plan.tolerance == 0
        seat = Seat(COLLECTOR, TASK, random=Counting())
        phases = np.arange(512, dtype=np.int64) % 5 * plan.delta
        assert released(plan, phases, seat).tolist() == [i % 5 for i in range(512)]
        assert seat.random.query == expected


def test_tolerance_is_the_error_in_steps() -> None:
    plan = planned()
    reach = plan.noise.largest + gaussian_tail(deviation=plan.deviation, coordinates=TASK.length)
    assert plan.tolerance == math.floor((reach + 1) / plan.delta + 0.5) > 1
    assert HeAggregation(HeParams(sum_scheme="ckks")).tolerance(TASK) == plan.tolerance
    assert HeAggregation(HeParams(sum_scheme="bfv")).tolerance(TASK) == 0
    assert planned(bits=34).tolerance == pytest.approx(4 * plan.tolerance, abs=2)
    # Past a thousandth of the bound the next modulus takes over.
    assert (planned(bits=40).preset.degree, planned(bits=40).tolerance) == (4096, 11)
    assert planned(releases=64).tolerance == pytest.approx(2 * plan.tolerance, abs=2)


@pytest.mark.parametrize(
    ("contributors", "length", "bound", "scheme", "expected"),
    [
        (10, 5, 1, "auto", ("bfv", 1024, 3)),
        (100, 2000, 1, "auto", ("bfv", 1024, 1)),
        (10, 100_000, 1, "auto", ("bfv", 2048, 9)),
        (10, 100_000, 1 << 15, "auto", ("bfv", 2048, 2)),
        (10, 100_000, 1 << 15, "ckks", ("ckks", 2048, 1)),
        (3, 1, 1 << 40, "auto", ("bfv", 4096, 1)),
        (3, 4100, 1 << 48, "auto", ("ckks", 2048, 1)),
        (1000, 10_000_000, 1 << 15, "ckks", ("ckks", 4096, 1)),
        (10, 1, 1, "ckks", ("ckks", 2048, 1)),
    ],
)
def test_the_smallest_parameters_that_fit_are_chosen(contributors, length, bound, scheme, expected) -> None:
    plan = planned(AggregationTask(contributors=contributors, length=length, bound=bound), scheme)
    assert (plan.scheme, plan.preset.degree, plan.digits) == expected
    # The margins themselves, in whole numbers.
    widest = (plan.base**plan.digits - 1) // 2
    assert 2 * (widest * plan.delta + plan.noise.largest) < plan.preset.modulus
    assert plan.scheme == "ckks" or 2 * plan.noise.largest < plan.delta
    assert plan.tolerance * 1000 <= (plan.base - 1) // 2


@pytest.mark.parametrize("scheme", ["auto", "bfv", "ckks"])
def test_a_sum_that_no_parameters_hold_is_refused_with_what_to_do(scheme: str) -> None:
    with pytest.raises(ParamError, match=r"No parameter set of 128-bit security .* lower the bound"):
        planned(AggregationTask(contributors=10, length=100, bound=1 << 57), scheme)


def test_flooding_too_strong_for_every_modulus_is_refused() -> None:
    with pytest.raises(ParamError, match="flooding_bits"):
        planned(AggregationTask(contributors=1000, length=100_000, bound=1 << 15), bits=60, releases=4096)
    with pytest.raises(ParamError, match="no scheme 'paillier'"):
        planned(scheme="paillier")
