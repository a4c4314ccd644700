"""The accounting of sums: two accountants, the search for z, and the step from continuous noise to whole steps."""

import math
from itertools import pairwise

import numpy as np
import pytest

from backends.dp.aggregation.accounting import agree, caveat, meaningful, noise_multiplier
from backends.dp.aggregation.table import RIPPLE, SMOOTH
from backends.dp.scoring.calibration import delta_of
from privacy.accountant import epsilon_floor, epsilon_of
from tests.support.soaking import in_soak

SIGMA = (1.1, 0.1, 300, 1e-5)
CLIENTS = (1.0, 0.02, 200, 5000**-1.1)
GRID = [
    in_soak("planted", *SIGMA),
    in_soak("planted", *CLIENTS),
    (4.0, 1.0, 10, 1e-5),
    (2.0, 0.5, 50, 1e-6),
    (0.8, 0.01, 1000, 1e-6),
    (1.5, 0.05, 500, 1e-6),
    (3.0, 1.0, 1, 1e-5),
]


@pytest.mark.soak("planted")
@pytest.mark.parametrize(("z", "q", "rounds", "delta"), GRID)
def test_two_accountants_agree_within_two_percent(z: float, q: float, rounds: int, delta: float) -> None:
    both = agree(z, q, rounds, delta)
    assert both.gap < 0.02
    assert both.prv != both.pld


@pytest.mark.parametrize(
    ("settings", "pld", "prv"),
    [
        pytest.param(SIGMA, 10.425, 10.436, marks=pytest.mark.soak("planted"), id="sigma 1.1"),
        pytest.param(CLIENTS, 1.51, 1.52, id="5000 clients"),
    ],
)
def test_known_settings(settings: tuple[float, float, int, float], pld: float, prv: float) -> None:
    both = agree(*settings)
    assert both.pld == pytest.approx(pld, rel=1e-3)
    assert both.prv == pytest.approx(prv, rel=1e-3)


def test_without_sampling_pld_is_the_exact_curve() -> None:
    for z, rounds in ((0.5, 1), (3.73, 1), (20.0, 50)):
        epsilon = epsilon_of(z, q=1.0, rounds=rounds, delta=1e-5)
        shift = math.sqrt(rounds) / z
        assert delta_of(epsilon, shift=shift) <= 1e-5 <= delta_of(epsilon * (1 - 1e-3), shift=shift)
    # Where a composition is past any use, a looser bound that is quick, and above it.
    assert epsilon_of(0.3, q=1.0, rounds=1000, delta=1e-5) > 6005
    assert epsilon_of(1 / 13, q=1.0, rounds=1, delta=1e-5) > epsilon_of(1 / 11.9, q=1.0, rounds=1, delta=1e-5)


@pytest.mark.parametrize(
    ("z", "q", "rounds"), [(1.0, 1.0, 1), (2.0, 0.5, 20), (1.1, 0.1, 300), in_soak("planted", 0.8, 0.01, 500)]
)
def test_the_floor_comes_close_from_below(z: float, q: float, rounds: int) -> None:
    above = epsilon_of(z, q=q, rounds=rounds, delta=1e-5)
    assert 0.97 * above < epsilon_floor(z, q=q, rounds=rounds, delta=1e-5) <= above


def test_the_floor_of_next_to_no_noise_is_found_at_once() -> None:
    # Clip 1 under a standard deviation of 4.85e-5: half the square of their ratio, and a little.
    assert epsilon_floor(4.85e-5, q=1.0, rounds=1, delta=1e-5) == pytest.approx(2.127e8, rel=1e-3)
    whole = epsilon_floor(0.05, q=1.0, rounds=1, delta=1e-3)
    assert epsilon_floor(0.05, q=0.01, rounds=9, delta=1e-5) == pytest.approx(whole + math.log(0.01), abs=1e-3)


def test_epsilon_falls_with_noise_and_grows_with_rounds_and_sampling() -> None:
    delta = 1e-5
    sweeps = [
        [epsilon_of(z, q=0.1, rounds=50, delta=delta) for z in (4.0, 2.0, 1.0, 0.8)],
        [epsilon_of(1.0, q=0.1, rounds=r, delta=delta) for r in (1, 10, 50, 100)],
        [epsilon_of(1.0, q=q, rounds=10, delta=delta) for q in (0.01, 0.1, 0.5, 1.0)],
    ]
    for sweep in sweeps:
        assert all(a < b for a, b in pairwise(sweep))


@pytest.mark.parametrize(
    ("epsilon", "delta", "rounds", "q"),
    [
        (1.0, 1e-5, 1, 1.0), (0.05, 1e-9, 1, 1.0), in_soak("planted", 64.0, 1e-3, 100, 1.0), (2.0, 1e-5, 300, 0.1),
        in_soak("planted", 1.0, 1e-6, 100, 0.01),
    ],
)  # fmt: skip
def test_the_noise_is_the_least_that_meets_epsilon(epsilon: float, delta: float, rounds: int, q: float) -> None:
    z = noise_multiplier(epsilon=epsilon, delta=delta, rounds=rounds, q=q)
    assert epsilon_of(z, q=q, rounds=rounds, delta=delta) <= epsilon
    assert epsilon_of(z * (1 - 1e-3), q=q, rounds=rounds, delta=delta) > epsilon
    assert noise_multiplier(epsilon=epsilon * 1.01, delta=delta, rounds=rounds, q=q) < z


def test_the_noise_of_one_release_is_the_analytic_one() -> None:
    assert noise_multiplier(epsilon=1.0, delta=1e-5, rounds=1, q=1.0) == pytest.approx(3.730632, rel=1e-6)


def lattice(variance: float, *, at: float = 0.0, reach: int = 400) -> np.ndarray:
    law = np.exp(-((np.arange(-reach, reach + 1) - at) ** 2) / (2 * variance))
    return law / law.sum()


@pytest.mark.parametrize("clip", [1, 2, 5, 20])
@pytest.mark.parametrize("z", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("q", [0.1, 1.0])
def test_whole_noise_with_the_surcharge_spends_no_more_than_continuous_noise(clip: int, z: float, q: float) -> None:
    variance = (z * clip) ** 2 + SMOOTH
    without, there = lattice(variance), lattice(variance, at=clip)
    mixed = (1 - q) * without + q * there
    for delta in (1e-2, 1e-5, 1e-8):
        epsilon = epsilon_of(z, q=q, rounds=1, delta=delta)
        for a, b in ((without, mixed), (mixed, without)):
            assert np.maximum(a - math.exp(epsilon) * b, 0).sum() <= delta * (1 + 1e-6)


def test_without_the_surcharge_it_would_spend_more() -> None:
    # At two thirds of a step, whole noise alone breaks the continuous claim: the surcharge is no idle caution.
    z, delta = 0.667, 1e-5
    epsilon = epsilon_of(z, q=1.0, rounds=1, delta=delta)
    assert np.maximum(lattice(z**2) - math.exp(epsilon) * lattice(z**2, at=1), 0).sum() > 1.3 * delta


@pytest.mark.parametrize(("shares", "share"), [(2, 2 * SMOOTH), (7, 6.5), (30, 40.0)])
def test_shares_add_up_to_the_noise_of_one(shares: int, share: float) -> None:
    total = one = lattice(share, reach=130)
    for _ in range(shares - 1):
        total = np.convolve(total, one)
    whole = lattice(share * shares, reach=len(total) // 2)
    near = whole > 1e-9 * whole.max()
    # Rounding of floats: the difference itself is below 1e-24.
    assert np.abs(total[near] / whole[near] - 1).max() < 1e-6
    assert 10 * (shares - 1) * RIPPLE < 1e-22


def test_shares_that_are_too_narrow_do_not() -> None:
    one = lattice(0.15, reach=130)
    total, whole = np.convolve(one, one), lattice(0.3, reach=260)
    assert np.abs(total - whole).max() > 1e-2


@pytest.mark.parametrize("factor", [1, 8, in_soak("planted", 20)])
def test_a_sum_with_multiples_is_the_wider_noise(factor: int) -> None:
    base = SMOOTH * (1 + factor**2)
    reach = 30 * (factor + 1) * factor
    inner = lattice(base, reach=reach)
    x = np.arange(-reach, reach + 1)
    total = np.zeros(2 * reach + 1)
    for k in range(-reach // factor, reach // factor + 1):
        shifted = x - factor * k
        total += math.exp(-(k**2) / (2 * base)) * np.where(
            np.abs(shifted) <= reach, np.exp(-(shifted**2) / (2 * base)), 0
        )
    whole = lattice(base * (1 + factor**2), reach=reach)
    near = whole > 1e-9 * whole.max()
    assert len(inner) == len(total)
    assert np.abs((total / total.sum())[near] / whole[near] - 1).max() < 1e-6


def test_what_is_not_meaningful_is_said_with_its_reason() -> None:
    assert meaningful(clients=300, epsilon=10)
    assert caveat(clients=5000, epsilon=2, z=1) == ""
    few = caveat(clients=50, epsilon=2, z=5.5)
    assert "50 clients" in few
    assert "Not meaningful under a few hundred users" in few
    assert "5.5 times" in few
    loose = caveat(clients=50_000, epsilon=19, z=1)
    assert loose.startswith("Not meaningful: at epsilon 19")
    assert not meaningful(clients=299, epsilon=1)
    assert not meaningful(clients=5000, epsilon=10.1)
