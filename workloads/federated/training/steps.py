"""Updates as whole steps, in the narrowest type that holds them."""

from dataclasses import dataclass

import numpy as np

from privacy.plugin import BoundaryError, steps
from workloads.federated.training.shape import Weights


@dataclass(frozen=True)
class Steps:
    """What one step stands for, and the most steps of an entry."""

    unit: float
    bound: int

    def of(self, update: Weights) -> np.ndarray:
        """An update in steps, int16, int32 or int64; the update itself where it is NaN or beyond the bound."""
        try:
            found = steps(update, unit=self.unit, bound=self.bound)
        except BoundaryError:
            return update
        return found.astype(narrowest(found))


def narrowest(values: np.ndarray) -> type[np.signedinteger]:
    """The narrowest of three integer types that holds all values."""
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    for kind in (np.int16, np.int32):
        if np.iinfo(kind).min <= low and high <= np.iinfo(kind).max:
            return kind
    return np.int64
