"""Clipping to an L2 norm in exact integers, so that the declared sensitivity holds for every vector.

A vector comes in whole steps already. One that is too long is scaled and rounded towards zero, which never makes it
longer: so rounding costs no sensitivity. Rounding to the nearest step may add sqrt(length) / 2 steps to the norm, and
randomised rounding must be drawn again until it adds little (Kairouz, Liu and Steinke, ICML 2021). The price is a bias
towards zero in each entry of a clipped vector, of about a step at most.
"""

import math

import numpy as np
import numpy.typing as npt

from privacy.plugin import ParamError

Ints = npt.NDArray[np.int64]

WIDEST = 2**31
"""Entries and norms stay below this: their products then fit in 64 bits."""
_CHUNK = 1 << 20
_HALF = 15


def clip_steps(clip: float, *, unit: float) -> int:
    """The clip norm in whole steps of `unit`, rounded down. ParamError for less than one step or 2^31 or more."""
    steps = math.floor(clip / unit * (1 + 1e-12))
    if steps < 1:
        raise ParamError(
            f"clip {clip:g} is shorter than one step of {unit:g}",
            then="raise clip, or sum in a finer unit",
        )
    if steps >= WIDEST:
        raise ParamError(
            f"clip {clip:g} is {steps:,} steps of {unit:g}, and {WIDEST:,} or more do not fit in a ring of 32 bits",
            then="lower clip, or sum in a coarser unit",
        )
    return steps


def clipped(vector: Ints, *, most: int) -> Ints:
    """int64 (n,) of L2 norm at most `most` steps, always: a copy where it is no longer, else scaled to that length.

    Entries are below 2^31 in absolute value, as `most` is.
    """
    squared = squared_norm(vector)
    if squared <= most * most:
        return vector.copy()
    # One above the root: the quotient is then no longer than `most`, whatever the root was rounded to.
    length = math.isqrt(squared) + 1
    out = np.abs(vector)
    out *= most
    out //= length
    return np.negative(out, out=out, where=vector < 0)


def squared_norm(vector: Ints) -> int:
    """The exact square of the L2 norm, of entries below 2^31: in halves, whose sums fit in 64 bits."""
    total = 0
    for start in range(0, len(vector), _CHUNK):
        part = vector[start : start + _CHUNK]
        high, low = part >> _HALF, part & ((1 << _HALF) - 1)
        products = int(high @ high), int(high @ low), int(low @ low)
        total += (products[0] << (2 * _HALF)) + (products[1] << (_HALF + 1)) + products[2]
    return total
