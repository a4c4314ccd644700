"""How far a decrypted sum lies from what was encrypted: bounds that hold but with a computed probability.

With the secret s and the public key (-(a s + e), a), one contribution adds -e u + e0 + e1 s to its block, where
SEAL draws s and u uniform on {-1, 0, 1} and e, e0, e1 centred binomial of variance 21 / 2 (at most 21). Both are
strictly sub-Gaussian: E exp(t X) <= exp(t^2 Var X / 2). Hence, given e and s, a coefficient of the sum of K
contributions is sub-Gaussian with variance

    V = K (2/3 |e|^2 + 21/2 |s|^2 + 21/2)

and any vector X with covariance bound S has, by Hsu, Kakade and Zhang ("A tail inequality for quadratic forms of
subgaussian random vectors", 2012), |X|^2 > tr S + 2 sqrt(tr S^2 t) + 2 |S| t with probability at most exp(-t). That
bounds |e| and |s|, their spectra (two real numbers at each root of X^n + 1), and the Euclidean norm of the error.

Every one of the seven events behind a plan gets 1/8 of the failure probability 2^-FAILURE_BITS.
"""

import math
from dataclasses import dataclass

FAILURE_BITS = 40
TERNARY_VARIANCE = 2 / 3
ERROR_VARIANCE = 10.5

_EVENTS = 8
_TAIL = math.log(_EVENTS) + FAILURE_BITS * math.log(2)  # t, at which one event has its share


@dataclass(frozen=True)
class Noise:
    """Bounds on the encryption error of a sum: `largest` for every coefficient, `norm` for all that is released."""

    variance: float
    largest: int
    norm: float


def gaussian_tail(*, deviation: float, coordinates: int) -> float:
    """The most that any of these coordinates reaches, but with the failure probability of one event."""
    return deviation * math.sqrt(2 * (math.log(2 * coordinates) + _TAIL))


def sum_noise(*, degree: int, contributions: int, coefficients: int, released: int) -> Noise:
    """Bounds for this many added encryptions: `largest` over all coefficients read, `norm` over those released."""
    spread = _quadratic(trace=degree, square=degree, top=1, tail=_TAIL)
    # A ternary polynomial has at most `degree` entries that are not zero, whatever its luck.
    key, secret = ERROR_VARIANCE * spread, min(TERNARY_VARIANCE * spread, degree)
    variance = contributions * (TERNARY_VARIANCE * key + ERROR_VARIANCE * (secret + 1))
    largest = gaussian_tail(deviation=math.sqrt(variance), coordinates=coefficients)
    # Each root has a real and an imaginary part of half the variance; the largest of n / 2 pairs counts.
    peak = degree / 2 * _quadratic(trace=2, square=2, top=1, tail=_TAIL + math.log(degree / 2))
    mixed = TERNARY_VARIANCE * ERROR_VARIANCE * peak
    top = contributions * (2 * mixed + ERROR_VARIANCE)
    trace = released * variance
    norm = _quadratic(trace=trace, square=trace * min(top, trace), top=min(top, trace), tail=_TAIL)
    return Noise(variance, math.ceil(largest), math.sqrt(min(norm, released * largest**2)))


def _quadratic(*, trace: float, square: float, top: float, tail: float) -> float:
    return trace + 2 * math.sqrt(square * tail) + 2 * top * tail
