"""Noise of a sum: discrete Gaussian, from the operating system's randomness.

Short vectors go to OpenDP, which samples exactly (Canonne, Kamath and Steinke, NeurIPS 2020) at some 10 microseconds
an entry; long ones to the table, at some 20 nanoseconds. The table's stream is AES-256 in counter mode under a fresh
key, so that there the claim holds towards whoever cannot tell such a stream from random bits.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.dp.aggregation.table import KEY_BYTES, noise
from backends.dp.opendp_glue import gaussian
from privacy.plugin import BoundaryError, Seat

Ints = npt.NDArray[np.int64]

SHORT = 1024
"""The longest vector that OpenDP noises."""
TAIL = 16
"""Noise ends at this many standard deviations; past them lies less than 2 exp(-128) of it."""
FLAW = 4e-55
"""The statistical distance of one entry's noise from the exact law: the cut, and the cuts of the table's draws."""


def reach(variance: float) -> int:
    """No |noise| of `variance` exceeds this many steps."""
    return math.ceil(TAIL * math.sqrt(variance))


def draw(seat: Seat[Any], *, length: int, variance: float) -> Ints:
    """int64 (length,) of discrete Gaussian noise of `variance` steps squared. BoundaryError for a seeded seat."""
    if seat.random.seeded:
        raise BoundaryError(
            "a seeded source of randomness cannot randomise", then="leave the noise to the operating system"
        )
    if length <= SHORT:
        measurement, _ = gaussian(scale=math.sqrt(variance), sensitivity=1)
        drawn = np.array(measurement([0] * length), dtype=np.int64)
    else:
        drawn = noise(length=length, variance=variance, key=seat.random.bytes(KEY_BYTES))
    most = reach(variance)
    return np.clip(drawn, -most, most, out=drawn)


@dataclass(frozen=True)
class CentralNoise:
    """The aggregator's own input where it adds all noise itself: how much, to a sum of how many entries."""

    variance: float
    length: int

    def add(self, total: object, seat: Seat[Any]) -> Ints:
        """Runs on the aggregator: the noised sum, int64 (length,).

        BoundaryError for what is no vector of that many integers, and for a seeded seat.
        """
        array = np.asarray(total)
        if array.shape != (self.length,) or array.dtype.kind not in "iu":
            raise BoundaryError(f"noise is for {self.length} integers, not for {array.dtype} {array.shape}")
        return array.astype(np.int64) + draw(seat, length=self.length, variance=self.variance)
