"""Events and exact bounds for audits: which event to look at, and what its frequencies prove.

An event is chosen on one part of the releases; Clopper-Pearson bounds (Biometrika 26, 1934) on another part then hold
whatever was chosen.
"""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

_ORDERS = 1 + np.geomspace(1e-2, 1e2, 65)


@dataclass(frozen=True)
class Event:
    """A choice made on the pilot: bins from `cut` on (or below it), seen more often under input `often`."""

    cut: int
    below: bool
    often: int
    score: float


def choose(pilot0: Ints, pilot1: Ints, *, held: int, delta: float | None, level: float) -> Event:
    """The event (a run of bins from either end) that promises the largest bound from `held` releases of each input.

    `pilot0` and `pilot1` are counts (bins,), in the order of the statistic. The bound is that of epsilon at `delta`,
    or that of rho where it is None.
    """
    tail0, tail1 = (np.cumsum(p[::-1])[::-1][1:] / max(1, p.sum()) for p in (pilot0, pilot1))
    # Rows: tails where input 1 is seen more often, where input 0 is; heads the same.
    often = np.stack([tail1, tail0, 1 - tail1, 1 - tail0])
    seldom = np.stack([tail0, tail1, 1 - tail0, 1 - tail1])
    z = NormalDist().inv_cdf(1 - level / 2)
    low, high = _wilson(often, held, z)[0], _wilson(seldom, held, z)[1]
    scores = _divergence(low, high) if delta is None else _log_ratio(low, high, delta)
    if not scores.size:
        return Event(1, False, 1, -math.inf)
    row, column = np.unravel_index(int(scores.argmax()), scores.shape)
    return Event(int(column) + 1, bool(row >= 2), int(row % 2 == 0), float(scores[row, column]))


def clopper_pearson(
    often: tuple[npt.ArrayLike, npt.ArrayLike], seldom: tuple[npt.ArrayLike, npt.ArrayLike], *, level: float
) -> tuple[Floats, Floats]:
    """The lower bound of `often` and the upper bound of `seldom` (hits, tries): both hold but for a chance `level`."""
    from scipy.stats import beta

    (hits, n), (false, m) = (tuple(map(np.asarray, pair)) for pair in (often, seldom))
    low = np.where(hits > 0, beta.ppf(level / 2, np.maximum(hits, 1), n - hits + 1), 0.0)
    high = np.where(false < m, beta.ppf(1 - level / 2, false + 1, np.maximum(m - false, 1)), 1.0)
    return low, high


def epsilon_between(low: npt.ArrayLike, high: npt.ArrayLike, *, delta: float) -> Floats:
    """The least epsilon that admits probabilities `low` and `high` of one event, at least 0."""
    return np.maximum(0.0, _log_ratio(np.asarray(low), np.asarray(high), delta))


def _log_ratio(low: Floats, high: Floats, delta: float) -> Floats:
    return np.asarray(np.log(np.maximum(low - delta, 1e-300)) - np.log(np.maximum(high, 1e-300)))


def rho_between(low: float, high: float) -> float:
    """The least rho of zCDP that does, by the Renyi divergence of the two coins (Bun and Steinke 2016, Lemma 2.2)."""
    if not 0 < high < low:
        return 0.0
    coins = [(low, high)] + ([(1 - low, 1 - high)] if low < 1 else [])
    p, q = np.log(np.array(coins)).T
    at_one = float((np.exp(p) * (p - q)).sum())
    found = np.logaddexp.reduce(np.outer(_ORDERS, p) + np.outer(1 - _ORDERS, q), axis=1) / (_ORDERS - 1) / _ORDERS
    return max(0.0, at_one, float(found.max()))


def _divergence(low: Floats, high: Floats) -> Floats:
    """The Kullback-Leibler divergence of two coins; below 0 where `low` does not exceed `high`."""
    p, q = np.clip(low, 1e-12, 1 - 1e-12), np.clip(high, 1e-12, 1 - 1e-12)
    found = p * np.log(p / q) + (1 - p) * np.log((1 - p) / (1 - q))
    return np.asarray(np.where(p > q, found, p - q))


def hits(counts: Ints, event: Event) -> tuple[int, int]:
    part = counts[: event.cut] if event.below else counts[event.cut :]
    return int(part.sum()), int(counts.sum())


def _wilson(share: Floats, n: int, z: float) -> tuple[Floats, Floats]:
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return np.maximum(centre - half, 0.0), np.minimum(centre + half, 1.0)
