"""The accounting of privacy: prices that are never below their cost, and rho converted to epsilon."""

import math
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq, minimize_scalar
from scipy.stats import norm

from privacy.mechanism import PrivacyCost
from privacy.services.accounting import MICRO, Price, converted, micro_up, price_of, rho_limit
from tests.support.ledger_payments import INF

positive = st.floats(min_value=0, max_value=1e6, exclude_min=True, allow_subnormal=True)


@given(positive)
def test_a_price_is_never_below_the_cost(value):
    assert Decimal(micro_up(value)) >= Decimal(repr(value)) * MICRO
    assert micro_up(value) - 1 < Decimal(repr(value)) * MICRO
    price = price_of(PrivacyCost(epsilon=value))
    assert Decimal(price.epsilon) >= Decimal(repr(value)) * MICRO
    assert price.rho >= 1
    assert price_of(PrivacyCost(INF, value)) == Price(None, micro_up(value))


def test_a_float_counts_as_the_decimal_that_it_prints_as():
    assert [micro_up(v) for v in (0.1, 0.25, 1.1, 1e-7, 5e-324, 0.0)] == [100_000, 250_000, 1_100_000, 1, 1, 0]


def randomised_response(epsilon: float, alpha: float) -> float:
    """Renyi divergence of order alpha of a coin flipped with odds e^epsilon, by summing over its two sides."""
    p = np.array([1 / (1 + math.exp(-epsilon)), 1 / (1 + math.exp(epsilon))])
    q = p[::-1]
    return float(np.log(np.sum(p**alpha * q ** (1 - alpha))) / (alpha - 1))


@pytest.mark.parametrize("epsilon", [0.05, 0.25, 1, 2, 4, 8])
def test_the_rho_of_a_pure_epsilon_covers_randomised_response_at_every_order(epsilon):
    rho = price_of(PrivacyCost(epsilon=epsilon)).rho / MICRO
    orders = 1 + np.logspace(-4, 1.5, 200)
    worst = max(randomised_response(epsilon, alpha) / alpha for alpha in orders)
    assert worst <= rho <= epsilon**2 / 2 + 1e-6
    assert rho == pytest.approx(worst, rel=1e-3, abs=2e-6)


def test_the_smaller_of_declared_and_implied_rho_is_charged():
    assert price_of(PrivacyCost(1.0, 0.1)) == Price(1_000_000, 100_000)
    assert price_of(PrivacyCost(1.0, 0.5)) == price_of(PrivacyCost(1.0)) == Price(1_000_000, 462_118)


# Conversion


def independent_conversion(rho: float, delta: float) -> float:
    """The same bound from its other end: the epsilon at which the least delta over all orders is `delta`."""

    def log_delta(epsilon: float) -> float:
        def at(log_less: float) -> float:
            less = math.exp(log_less)
            alpha = 1 + less
            return less * (alpha * rho - epsilon) - log_less + alpha * math.log1p(-1 / alpha)

        return float(minimize_scalar(at, bounds=(-9, 12), method="bounded", options={"xatol": 1e-9}).fun)

    if log_delta(0) <= math.log(delta):
        return 0.0
    return float(brentq(lambda e: log_delta(e) - math.log(delta), 0, rho + 60 * math.sqrt(rho) + 60))


def gaussian_epsilon(rho: float, delta: float) -> float:
    """The exact epsilon of one Gaussian mechanism (Balle and Wang 2018, Theorem 8), by its two normal tails."""
    mu = math.sqrt(2 * rho)

    def excess(e: float) -> float:
        return float(norm.cdf(mu / 2 - e / mu) - math.exp(e + norm.logcdf(-mu / 2 - e / mu)) - delta)

    return float(brentq(excess, 0, 200)) if excess(0) > 0 else 0.0


@pytest.mark.parametrize("delta", [1e-9, 1e-5, 1e-2])
@pytest.mark.parametrize("rho", [1e-4, 0.02, 0.5, 3.0, 40.0])
def test_the_conversion_agrees_with_an_independent_one(rho, delta):
    found = converted(micro_up(rho), delta=delta) / MICRO
    assert found == pytest.approx(independent_conversion(rho, delta), rel=1e-4, abs=2e-6)
    assert found >= independent_conversion(rho, delta) - 1e-9
    assert found >= gaussian_epsilon(rho, delta)
    assert found < rho + 2 * math.sqrt(rho * math.log(1 / delta))  # Bun and Steinke 2016, Proposition 1.3


def test_the_conversion_of_a_known_case():
    assert 0.5 + 2 * math.sqrt(0.5 * math.log(1e5)) == pytest.approx(5.298526, abs=1e-6)
    assert converted(500_000, delta=1e-5) / MICRO == pytest.approx(4.728387, abs=1e-4)
    assert gaussian_epsilon(0.5, 1e-5) == pytest.approx(4.377177, abs=1e-5)
    assert converted(0, delta=1e-5) == 0


@given(st.integers(1, 10**9), st.integers(1, 10**9), st.sampled_from([1e-9, 1e-5, 0.1]))
def test_more_rho_never_converts_to_less(first, second, delta):
    low, high = sorted((first, second))
    assert converted(low, delta=delta) <= converted(high, delta=delta)


@given(st.integers(1, 64 * MICRO), st.sampled_from([1e-9, 1e-5, 0.1]))
def test_the_limit_of_rho_is_the_last_within_epsilon(epsilon, delta):
    rho = rho_limit(epsilon, delta=delta)
    assert converted(rho, delta=delta) <= epsilon < converted(rho + 1, delta=delta)
