"""Arithmetic of a privacy budget: integer micro-units, always against the spender, and bounds between definitions.

Two totals are kept. Pure epsilon adds up (Dwork, McSherry, Nissim and Smith 2006, "Calibrating noise to sensitivity");
so does rho of zero-concentrated differential privacy (zCDP; Bun and Steinke 2016, arXiv:1605.02065, Lemma 1.7).
Neither is the smaller one always, so a spender is held to whichever is.
"""

import functools
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from privacy.errors import ParamError
from privacy.mechanism import PrivacyCost

MICRO = 1_000_000
"""Micro-units in one unit of epsilon or rho."""
MOST = 10**6
"""The largest epsilon or rho that is a number to add up; a mechanism above it promises nothing."""
_SLACK = 1e-12
"""Relative: more than the rounding of the few float operations below, far less than a micro-unit of any sane budget."""


@dataclass(frozen=True)
class Price:
    """A cost in micro-units, rounded up: `epsilon` is None where there is no pure bound."""

    epsilon: int | None
    rho: int


def price_of(cost: PrivacyCost) -> Price:
    """The price of a declared cost. ParamError for one that is NaN, negative, unbounded or contradicts itself.

    A pure epsilon implies a rho of epsilon tanh(epsilon / 2) at most, that of randomised response (Steinke 2024,
    "Sharp RDP & zCDP from Pure DP", differentialprivacy.org; Bun and Steinke's bound was epsilon^2 / 2). It stands in
    for a rho that was left at zero, and for a larger one.
    """
    epsilon = _number(cost.epsilon, "the pure epsilon of a cost", infinite=True)
    rho = _number(cost.rho, "the rho of a cost")
    if epsilon == 0 and rho > 0:
        raise ParamError(
            f"a cost of rho {rho:g} cannot have a pure epsilon of 0",
            then="declare epsilon as infinite where the mechanism has no pure bound",
        )
    if math.isinf(epsilon):
        if rho == 0:
            raise ParamError(
                "a cost with no bound in pure epsilon has none in rho either",
                then="declare the mechanism's rho, or choose one that has a bound",
            )
        return Price(None, micro_up(rho))
    implied = epsilon * math.tanh(epsilon / 2) * (1 + _SLACK)
    # The product of two tiny factors may be zero as a float; as a price it never is.
    at_least = 1 if epsilon else 0
    return Price(micro_up(epsilon), max(at_least, micro_up(min(rho, implied) if rho else implied)))


def _number(value: Any, name: str, *, infinite: bool = False) -> float:
    try:
        number = math.nan if isinstance(value, (bool, str)) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (0 <= number <= MOST or (infinite and number == math.inf)):
        allowed = f"give a number from 0 to {MOST:,}" + (", or infinity where there is none" if infinite else "")
        raise ParamError(f"{name} is {value!r}", then=allowed)
    return number


def micro_up(value: float) -> int:
    """`value` in micro-units, rounded up. A float counts as the decimal that it prints as: 0.1 is 100,000."""
    return math.ceil(Fraction(repr(float(value))) * MICRO)


def micro_down(value: float) -> int:
    """`value` in micro-units, rounded down: for limits."""
    return math.floor(Fraction(repr(float(value))) * MICRO)


@functools.lru_cache(maxsize=64)
def _orders(delta: float) -> tuple[tuple[float, float], ...]:
    """For orders alpha of 1.0001 to 100,001: (alpha, what the conversion at that order adds to alpha rho)."""
    found = []
    for step in range(2251):
        less = 10 ** (step / 250 - 4)  # alpha - 1
        alpha = 1 + less
        found.append((alpha, (math.log(1 / delta) - math.log(alpha)) / less + math.log(less / alpha)))
    return tuple(found)


def converted(rho: int, *, delta: float) -> int:
    """The epsilon (micro-units, rounded up) for which rho-zCDP (micro-units) is (epsilon, delta)-DP.

    Canonne, Kamath and Steinke 2020 ("The discrete Gaussian for differential privacy", arXiv:2004.00010, Prop. 12):
    alpha rho + (ln(1/delta) + (alpha - 1) ln(1 - 1/alpha) - ln alpha) / (alpha - 1), for any order alpha > 1. Every
    order of the grid gives a bound, so the least does, within 1e-4 of the best; and more rho never gives less.
    """
    if rho == 0:
        return 0
    least = min(alpha * rho / MICRO + extra for alpha, extra in _orders(delta))
    return max(0, math.ceil(least * MICRO * (1 + _SLACK)))


@functools.lru_cache(maxsize=256)
def rho_limit(epsilon: int, *, delta: float) -> int:
    """The most rho that `converted` keeps within `epsilon`, both in micro-units."""
    low, high = 0, MOST * MICRO
    while low < high:
        middle = (low + high + 1) // 2
        if converted(middle, delta=delta) <= epsilon:
            low = middle
        else:
            high = middle - 1
    return low


def spent_by(cost: PrivacyCost, *, times: int, delta: float) -> float:
    """The epsilon, at this delta, that so many runs of a cost spend of one who is in each: by rho, or by pure epsilon
    where that is less.
    """
    one = price_of(cost)
    by_rho = converted(one.rho * times, delta=delta)
    return (by_rho if one.epsilon is None else min(by_rho, one.epsilon * times)) / MICRO
