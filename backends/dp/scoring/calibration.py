"""The Gaussian mechanism's exact trade of epsilon and delta: Balle and Wang, ICML 2018, Theorem 8."""

import math
from functools import lru_cache

_HALVINGS = 200
_ROUNDING = 1e-9


def delta_of(epsilon: float, *, shift: float) -> float:
    """The delta at `epsilon` of Gaussian noise, `shift` being sensitivity over standard deviation."""
    return _upper(epsilon / shift - shift / 2) - math.exp(epsilon) * _upper(epsilon / shift + shift / 2)


@lru_cache(maxsize=64)
def noise_for(*, epsilon: float, delta: float, sensitivity: float, dims: int) -> float:
    """The least standard deviation of discrete Gaussian noise on `dims` integers that is (epsilon, delta)-DP.

    The theorem is about continuous noise. On the integers the sum of max(0, p(y) - e^eps p(y - a)) differs from the
    theorem's integral, for each dimension, by at most that function's variation along it, which is below
    (2 + shift) / sigma: twice that is set aside out of delta. The result is rounded up by more than its floats lose.
    """

    def spent(shift: float) -> float:
        return delta_of(epsilon, shift=shift) + 2 * dims * (2 + shift) * shift / sensitivity

    low, high = 0.0, 2 * (math.sqrt(2 * epsilon) + 10)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if spent(middle) <= delta else (low, middle)
    return sensitivity / low * (1 + _ROUNDING)


def _upper(z: float) -> float:
    """The chance that a standard normal exceeds z, with its full relative precision in the tail."""
    return math.erfc(z / math.sqrt(2)) / 2
