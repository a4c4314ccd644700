"""Updates as whole steps, in the narrowest type that holds them."""

import math
from dataclasses import dataclass

import numpy as np

from privacy.plugin import BoundaryError, steps
from workloads.federated.training.shape import Weights

_PART = 2**15
"""Entries that are worked on at once: they stay in the processor's cache."""


@dataclass(frozen=True)
class Steps:
    """What one step stands for, and the most steps of an entry."""

    unit: float
    bound: int

    def of(self, update: Weights) -> np.ndarray:
        """An update in steps, int16, int32 or int64; the update itself where it is NaN or beyond the bound.

        They are those of `privacy.plugin.steps`.
        """
        if math.frexp(self.unit)[0] == 0.5 and 1 <= self.bound < 2**24 and 2.0**-64 < self.unit < 2.0**64:
            return self._exactly(update)
        try:
            found = steps(update, unit=self.unit, bound=self.bound)
        except BoundaryError:
            return update
        return found.astype(narrowest(int(found.min()), int(found.max())))

    def _exactly(self, update: Weights) -> np.ndarray:
        """The same by float32 alone: a power of two divides exactly, and such steps are whole in it."""
        out, scale = np.empty(update.shape, dtype=np.int16), np.float32(1 / self.unit)
        room = np.empty(_PART, dtype=np.float32)
        for at in range(0, update.size, _PART):
            part = update[at : at + _PART]
            here = room[: part.size]
            with np.errstate(over="ignore"):
                np.rint(np.multiply(part, scale, out=here), out=here)
            low, high = float(here.min()), float(here.max())
            if not (-self.bound <= low and high <= self.bound):  # also where it is NaN
                return update
            kind = narrowest(int(low), int(high))
            if np.iinfo(kind).max > np.iinfo(out.dtype).max:
                out = out.astype(kind)
            out[at : at + _PART] = here
        return out


def narrowest(low: int, high: int) -> type[np.signedinteger]:
    """The narrowest of three integer types that holds all from `low` to `high`."""
    for kind in (np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kind
    return np.int64
