"""Rules by which an aggregator makes one update of many, so that a few malicious ones do not decide it.

Each needs the single updates: none works where a stack hides them. A rule takes float32 (n, length) and the number of
malicious devices that it has to stand, and returns float32 (length,).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Updates = npt.NDArray[np.float32]
Rule = Callable[[Updates, int], Updates]
_BLOCK = 2**16
"""Columns that are sorted at once."""

MEAN = "mean"


def clip(updates: Updates, malicious: int) -> Updates:
    """Mean of updates that are scaled down to the median of their norms (Sun et al. 2019)."""
    norms = _norms(updates)
    scale = np.minimum(1.0, np.median(norms) / np.maximum(norms, 1e-30))
    return np.asarray((scale[:, None] * updates).mean(axis=0), dtype=np.float32)


def median(updates: Updates, malicious: int) -> Updates:
    """The median of each entry (Yin et al. 2018)."""
    return _by_block(updates, lambda block: np.median(block, axis=0))


def trimmed(updates: Updates, malicious: int) -> Updates:
    """The mean of each entry without its largest and its smallest values, as many as are malicious (Yin et al. 2018).

    At most so many that one value stays.
    """
    cut = min(malicious, (len(updates) - 1) // 2)
    return _by_block(updates, lambda block: np.sort(block, axis=0)[cut : len(block) - cut].mean(axis=0))


def krum(updates: Updates, malicious: int) -> Updates:
    """The mean of the updates that lie nearest to their neighbours: all but `malicious` (Multi-Krum, Blanchard 2017).

    The score of one is the sum of its squared distances to its n - f - 2 nearest.
    """
    count = len(updates)
    wide = updates.astype(np.float64)
    products = wide @ wide.T
    norms = np.diag(products)
    apart = norms[:, None] + norms[None] - 2 * products
    np.fill_diagonal(apart, np.inf)
    near = max(1, count - malicious - 2)
    scores = np.sort(apart, axis=1)[:, : min(near, count - 1)].sum(axis=1)
    kept = np.argsort(scores, kind="stable")[: max(1, count - malicious)]
    return np.asarray(updates[np.sort(kept)].mean(axis=0), dtype=np.float32)


RULES: dict[str, Rule] = {"clip": clip, "median": median, "trimmed": trimmed, "krum": krum}


def _norms(updates: Updates) -> npt.NDArray[np.float64]:
    squares = np.einsum("ij,ij->i", updates, updates, dtype=np.float64)
    return np.asarray(np.sqrt(squares), dtype=np.float64)


def _by_block(updates: Updates, rule: Callable[[Updates], npt.NDArray[np.floating]]) -> Updates:
    parts = [rule(updates[:, at : at + _BLOCK]) for at in range(0, updates.shape[1], _BLOCK)]
    return np.concatenate(parts).astype(np.float32)
