"""How much noise a sum needs: privacy loss distributions, with Opacus' accountant as a second opinion.

The figures are for the Gaussian mechanism of noise multiplier z (standard deviation over sensitivity), Poisson
sampling at rate q, composed over rounds, neighbours that differ in the presence of one client.
"""

import math
import warnings
from functools import lru_cache
from typing import NamedTuple

from backends.dp.scoring.calibration import delta_of
from privacy.plugin import ParamError
from privacy.plugin.accounting import epsilon_of

FEW_CLIENTS = 300
"""Below this many clients the noise drowns what is common to all, or epsilon means little."""
LARGE_EPSILON = 10.0

_TRIES = 60


class Agreement(NamedTuple):
    """The epsilon of two accountants at the same settings, and how far apart they are, relative to the first."""

    pld: float
    prv: float

    @property
    def gap(self) -> float:
        return abs(self.prv - self.pld) / self.pld


def agree(z: float, q: float, rounds: int, delta: float) -> Agreement:
    """Both accountants: PLD (dp-accounting) and PRV (Gopi, Lee and Wutschitz, NeurIPS 2021; Opacus).

    Loads torch: for checks, not for runs.
    """
    with warnings.catch_warnings():
        # At q = 1 Opacus takes the logarithm of zero, and means it.
        warnings.simplefilter("ignore")
        from opacus.accountants import PRVAccountant

        accountant = PRVAccountant()
        accountant.history = [(z, q, rounds)]
        prv = float(accountant.get_epsilon(delta=delta))
    return Agreement(epsilon_of(z, q=q, rounds=rounds, delta=delta), prv)


@lru_cache(maxsize=256)
def noise_multiplier(*, epsilon: float, delta: float, rounds: int, q: float) -> float:
    """The least z, to within 1e-4 (1e-7 without sampling), whose `epsilon_of` is at most `epsilon`.

    A secant search on logarithms about the guess of the central limit theorem (Bu, Dong, Long and Su 2020).
    """

    def excess(log_z: float) -> float:
        return math.log(max(epsilon_of(math.exp(log_z), q=q, rounds=rounds, delta=delta), 1e-300) / epsilon)

    share = (_shift(epsilon, delta) / q) ** 2 / rounds
    low = high = math.log(1 / math.sqrt(share if q >= 1 else math.log1p(share)))
    at_low = at_high = excess(low)
    stride = 0.02
    while at_high > 0:
        low, at_low, high, stride = high, at_high, high + stride, 2 * stride
        at_high = excess(high)
    while at_low <= 0:
        high, at_high, low, stride = low, at_low, low - stride, 2 * stride
        at_low = excess(low)
    narrow = 1e-7 if q >= 1 else 1e-4
    for attempt in range(_TRIES):
        if high - low <= narrow:
            break
        # Just above the secant, so that it comes down on the side that is kept; every third step halves.
        share = at_low / (at_low - at_high) if attempt % 3 < 2 else 0.5
        middle = min(low + share * (high - low) + narrow / 4, high - narrow / 8)
        found = excess(middle)
        low, at_low, high, at_high = (middle, found, high, at_high) if found > 0 else (low, at_low, middle, found)
    if high - low > narrow:
        raise ParamError(
            f"no noise was found for epsilon {epsilon:g}", then="choose another epsilon, rounds or sampling"
        )
    return math.exp(high)


def meaningful(*, clients: int, epsilon: float) -> bool:
    """Whether a bound says something about a client: with few of them or a large epsilon it does not."""
    return clients >= FEW_CLIENTS and epsilon <= LARGE_EPSILON


def caveat(*, clients: int, epsilon: float, z: float) -> str:
    """Why a bound is not meaningful, in one sentence; empty where it is."""
    if meaningful(clients=clients, epsilon=epsilon):
        return ""
    if epsilon > LARGE_EPSILON:
        return (
            f"Not meaningful: at epsilon {epsilon:.3g} a reader may become e^{epsilon:.3g} times as sure that a client "
            f"took part; choose {LARGE_EPSILON:g} or less."
        )
    return (
        f"Not meaningful under a few hundred users: with {clients} clients the noise drowns the sum, as it is "
        f"{z:.3g} times the most that one client adds."
    )


def _shift(epsilon: float, delta: float) -> float:
    """The mu of the Gaussian mechanism that has (epsilon, delta)."""
    low, high = 0.0, 2 * (math.sqrt(2 * epsilon) + 10)
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if delta_of(epsilon, shift=middle) <= delta else (low, middle)
    return low
