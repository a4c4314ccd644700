"""What is asked of OpenDP: exact samplers over integers, and the privacy loss that OpenDP itself computes for them.

Only integers go in and come out. A noise that is sampled as a float leaves traces in its low-order bits (Mironov
2012, CCS), and OpenDP takes NaN even from a domain that excludes it. Every bound is OpenDP's own `map`, whose float
arithmetic rounds up.
"""

import math
from functools import lru_cache
from typing import Any

_STEPS = 64
_DECIMALS = 10**9


@lru_cache(maxsize=1)
def _library() -> Any:
    # A second to import: not before the first release.
    import opendp.prelude as dp

    dp.enable_features("contrib")
    return dp


@lru_cache(maxsize=64)
def randomised_response(categories: int, *, epsilon: float) -> tuple[Any, float]:
    """k-ary randomised response over 0 ... categories - 1: the measurement and its epsilon, at most the one asked for.

    The truth is told with probability e^eps / (e^eps + k - 1) (Kairouz, Bonawitz and Ramage, ICML 2016), rounded down
    to a float. Past an epsilon of about 37 + ln(k - 1) no float below 1 is that large: the bound stays there.
    """
    dp = _library()
    truth = min(1 / (1 + (categories - 1) * math.exp(-epsilon)), math.nextafter(1.0, 0.0))
    for _ in range(_STEPS):
        measurement = dp.m.make_randomized_response(list(range(categories)), prob=truth)
        loss = float(measurement.map(1))
        if loss <= epsilon:
            break
        truth = math.nextafter(truth, 0.0)
    return measurement, rounded_up(loss)


@lru_cache(maxsize=64)
def gaussian(*, scale: float, sensitivity: int) -> tuple[Any, float]:
    """Discrete Gaussian noise for lists of int64 (Canonne, Kamath and Steinke 2020): the measurement and its rho.

    `sensitivity` is in L2 and in the steps of the integers, as `scale` is.
    """
    dp = _library()
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
    measurement = space >> dp.m.then_gaussian(scale=scale)
    return measurement, rounded_up(float(measurement.map(float(sensitivity))))


@lru_cache(maxsize=64)
def laplace(*, epsilon: float, sensitivity: int) -> tuple[Any, float, float]:
    """Discrete Laplace noise for lists of int64: the measurement, its epsilon (at most the one asked for), its scale.

    `sensitivity` is in L1 and in the steps of the integers.
    """
    dp = _library()
    space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l1_distance(T="i64")
    scale = sensitivity / epsilon
    for _ in range(_STEPS):
        measurement = space >> dp.m.then_laplace(scale=scale)
        loss = float(measurement.map(sensitivity))
        if loss <= epsilon:
            break
        scale = math.nextafter(scale, math.inf)
    return measurement, rounded_up(loss), scale


def rho_of_pure(epsilon: float) -> float:
    """The rho of zCDP that a pure epsilon implies: epsilon tanh(epsilon / 2), rounded up.

    Binary randomised response is the worst mechanism of that epsilon (Kairouz, Oh and Viswanath, ICML 2015), and its
    Renyi divergence of order alpha, over alpha, is largest at its end, alpha = 1 (Steinke 2024, "Sharp RDP & zCDP
    from Pure DP", differentialprivacy.org). It is below epsilon^2 / 2 (Bun and Steinke 2016).
    """
    return rounded_up(epsilon * math.tanh(epsilon / 2))


def rounded_up(value: float) -> float:
    """`value` up to nine decimals: never below it."""
    return max(value, math.ceil(value * _DECIMALS) / _DECIMALS)
