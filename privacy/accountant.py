"""How much noise bounds: epsilon of Gaussian noise under sampling, over rounds, from above and from below.

The figures are for the Gaussian mechanism of noise multiplier z (standard deviation over sensitivity), Poisson
sampling at rate q, composed over rounds, neighbours that differ in the presence of one client. They are of privacy
loss distributions (Doroshenko, Ghazi, Kamath, Kumar and Manurangsi 2022), by the library dp-accounting.
"""

import math
from functools import lru_cache
from importlib import import_module
from typing import Any

from privacy.attacks.audit_sum import gaussian_epsilon
from privacy.errors import MissingModuleError

_FINEST, _FINE, _COARSE = 2e-5, 1e-4, 1e-3
_LOST = 0.02
_SLIGHT, _STEEPEST = 0.01, 12.0


@lru_cache(maxsize=1024)
def epsilon_of(z: float, *, q: float, rounds: int, delta: float) -> float:
    """An upper bound of epsilon at `delta`: a pessimistic distribution.

    Without sampling, `rounds` releases are one of z / sqrt(rounds), exactly (Dong, Roth and Su 2022, Corollary 3.3);
    where such a one is past any use, its rho is converted (Bun and Steinke 2016, Proposition 1.3).
    """
    if q >= 1:
        z, rounds = z / math.sqrt(rounds), 1
        if 1 / z > _STEEPEST:
            rho = 1 / (2 * z * z)
            return rho + 2 * math.sqrt(rho * math.log(1 / delta))
    dpa, pld = _library()
    event = dpa.GaussianDpEvent(z)
    accountant = pld.PLDAccountant(
        neighboring_relation=dpa.NeighboringRelation.ADD_OR_REMOVE_ONE,
        # The bound is an upper one at either interval; a coarse one adds up where a round loses about as little.
        value_discretization_interval=_FINE if _loss(z, q) < _SLIGHT else _COARSE,
    )
    accountant.compose(event if q >= 1 else dpa.PoissonSampledDpEvent(q, event), rounds)
    return float(accountant.get_epsilon(delta))


@lru_cache(maxsize=256)
def epsilon_floor(z: float, *, q: float, rounds: int, delta: float) -> float:
    """A lower bound of epsilon at `delta`: what these figures cannot fall below, whoever counts.

    Without sampling it is the exact curve, rounded down; with it an optimistic distribution. Where one round is past
    any use, it is what that round alone shows: of Poisson sampling epsilon' = log(1 + q (e^epsilon - 1)) at q delta.
    """
    if q >= 1:
        return gaussian_epsilon(math.sqrt(rounds) / z, delta=delta)
    if 1 / z > _STEEPEST:
        alone = gaussian_epsilon(1 / z, delta=delta / q)
        return max(0.0, alone + math.log(q + (1 - q) * math.exp(-alone)))
    distributions = _library()[1].privacy_loss_distribution
    # Every round rounds down by an interval at most: what that loses in all is a fiftieth, or very little.
    interval = max(_FINEST, _LOST * epsilon_of(z, q=q, rounds=rounds, delta=delta) / rounds)
    one = distributions.from_gaussian_mechanism(
        z, sampling_prob=q, pessimistic_estimate=False, use_connect_dots=False, value_discretization_interval=interval
    )
    return float(one.self_compose(rounds).get_epsilon_for_delta(delta))


def _loss(z: float, q: float) -> float:
    """About the standard deviation of one round's privacy loss."""
    return q * math.sqrt(math.expm1(min(1 / z**2, 100.0)))


@lru_cache(maxsize=1)
def _library() -> Any:
    # Half a second to import: not before the first noise multiplier.
    try:
        return import_module("dp_accounting"), import_module("dp_accounting.pld")
    except ImportError:
        raise MissingModuleError("dp-accounting is not installed", then="pip install dp-accounting") from None
