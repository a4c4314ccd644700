"""Intervals for the figures: every one is a 95% interval that stays honest at the ends of its range."""

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Interval = tuple[float, float, float]
"""Value, low, high."""

FINE = 0.5
"""How far above guessing the interval of an advantage may reach and still say *at chance*: else too few were tried."""

_Z = 1.959963984540054
_EDGE = 1e-9


def auc(scores: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    """Area under the ROC curve (Mann-Whitney), ties counted half. ValueError if a class is missing."""
    from scipy.stats import rankdata

    y = np.asarray(labels, dtype=bool)
    positives, negatives = int(y.sum()), int((~y).sum())
    if not positives or not negatives:
        raise ValueError("both classes are needed")
    ranks = rankdata(np.asarray(scores, dtype=float))
    return float((ranks[y].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_interval(value: float, *, positives: int, negatives: int, z: float = _Z) -> tuple[float, float]:
    """95% interval of an AUC, or that of `z` standard deviations: Newcombe (2006), Statistics in Medicine 25, method 5.

    A score interval on the Hanley-McNeil variance: unlike Wald's it has width at 0 and at 1.
    """
    half = (positives + negatives) / 2 - 1

    def excess(theta: float) -> float:
        spread = 1 + half * (1 - theta) / (2 - theta) + half * theta / (1 + theta)
        variance = theta * (1 - theta) * spread / (positives * negatives)
        return (value - theta) ** 2 - z**2 * variance

    # At 0 and 1 the equation is solved by the value itself too; just inside, only by the bound that is meant.
    inside = min(max(value, _EDGE), 1 - _EDGE)
    return min(_bound(excess, 0.0, inside), value), max(_bound(excess, 1.0, inside), value)


def _bound(excess: Callable[[float], float], end: float, inside: float) -> float:
    """Where `excess` turns positive on the way from `inside` to `end`, or `end` if it never does."""
    from scipy.optimize import brentq

    far = end + math.copysign(_EDGE / 10, 0.5 - end)
    return float(brentq(excess, far, inside)) if excess(far) > 0 else end


def advantage(scores: npt.ArrayLike, labels: npt.ArrayLike) -> Interval:
    """Attack advantage 2 AUC - 1 with its 95% interval: 0 is guessing, 1 is certainty."""
    y = np.asarray(labels, dtype=bool)
    value = auc(scores, y)
    low, high = auc_interval(value, positives=int(y.sum()), negatives=int((~y).sum()))
    return 2 * value - 1, 2 * low - 1, 2 * high - 1


def mean(values: npt.ArrayLike) -> Interval:
    """Mean of values in [0, 1] with a 95% interval: Wilson's, with the observed variance where it is larger than 0."""
    x = np.asarray(values, dtype=float)
    n, m = len(x), float(x.mean())
    if x.std() == 0.0:
        centre, spread = (m + _Z**2 / (2 * n)) / (1 + _Z**2 / n), _Z / (1 + _Z**2 / n)
        width = spread * math.sqrt(m * (1 - m) / n + _Z**2 / (4 * n * n))
        return m, min(m, max(0.0, centre - width)), max(m, min(1.0, centre + width))
    half = _Z * float(x.std(ddof=1)) / math.sqrt(n)
    return m, max(0.0, m - half), min(1.0, m + half)


def median(values: npt.ArrayLike) -> Interval:
    """Median with the 95% interval from order statistics (binomial); the range where there are fewer than 6."""
    from scipy.stats import binom

    x = np.sort(np.asarray(values, dtype=float))
    if len(x) < 6:
        return float(np.median(x)), float(x[0]), float(x[-1])
    k = int(binom.ppf(0.025, len(x), 0.5))
    return float(np.median(x)), float(x[max(k - 1, 0)]), float(x[min(len(x) - k, len(x) - 1)])
