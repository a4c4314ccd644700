"""Scoring: `scores = catalogue @ vector`, the vector private, the catalogue public to clients.

Inputs are quantised once, to integers, for every backend, and scores are integers: so two backends that agree
up to half a unit rank identically, and ties break by index.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.errors import BoundaryError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SCALE = 256
"""Quantisation steps per unit: a unit-norm vector becomes integers of norm about 256."""


@dataclass(frozen=True)
class ScoringTask:
    """Public: the catalogue's shape, the bound on every entry of catalogue and vector, and the topics' centres.

    `centres` holds one quantised unit-norm vector (d,) for each topic: public, as the catalogue is.
    """

    items: int
    dims: int
    bound: int = SCALE
    centres: tuple[tuple[int, ...], ...] = ()

    @property
    def unit(self) -> int:
        """How many score steps make one: scores of unit-norm inputs lie in [-1, 1] * unit."""
        return SCALE * SCALE


def quantise(vectors: npt.ArrayLike, *, bound: int = SCALE) -> Ints:
    """Round floats (..., d) in [-1, 1] to int64 steps of 1/256; BoundaryError if not finite."""
    values = np.asarray(vectors, dtype=np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise BoundaryError("a vector to quantise is empty or holds NaN or infinity")
    steps = np.rint(values * SCALE)
    if np.abs(steps).max() > bound:
        raise BoundaryError(f"a vector entry exceeds {bound / SCALE:g}", then="scale the vector to unit norm first")
    return steps.astype(np.int64)


def check_vector(task: ScoringTask, vector: object) -> Ints:
    """A client's quantised input as int64 (d,); BoundaryError on any other shape, type or range."""
    array = np.asarray(vector)
    if array.shape != (task.dims,):
        raise BoundaryError(f"the vector has shape {array.shape}, not ({task.dims},)")
    if array.dtype.kind not in "iu":
        raise BoundaryError(f"the vector holds {array.dtype}, not integers", then="quantise it first")
    # Not by absolute value: that of the smallest int64 is negative.
    if array.min(initial=0) < -task.bound or array.max(initial=0) > task.bound:
        raise BoundaryError(f"a vector entry exceeds the bound {task.bound}")
    return array.astype(np.int64)


def reference(catalogue: Ints, vector: Ints) -> Ints:
    """The plain computation that every backend is held against: int64 (N,)."""
    return np.asarray(catalogue @ vector, dtype=np.int64)


def top_k(scores: npt.ArrayLike, *, k: int, exclude: Ints | None = None) -> Ints:
    """Indices of the k best rounded scores, best first, ties by lower index, without `exclude`."""
    rounded = np.rint(np.asarray(scores, dtype=np.float64)).astype(np.int64)
    order = np.argsort(-rounded, kind="stable")
    if exclude is not None and len(exclude):
        order = order[~np.isin(order, exclude)]
    return order[:k].astype(np.int64)
