"""Scoring: `scores = catalogue @ vector`, the vector private, the catalogue public to clients.

Inputs are quantised once, to integers, for every backend, and scores are integers: so two backends that agree
up to half a unit rank identically, and ties break by index.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from privacy.errors import BoundaryError, ParamError, WireError

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

SCALE = 256
"""Quantisation steps per unit: a unit-norm vector becomes integers of norm about 256."""


MAX_BATCH = 1_000_000


@dataclass(frozen=True)
class ScoringTask:
    """Public: the catalogue's shape, the bound on every entry of catalogue and vector, and the topics' centres.

    `centres` holds one quantised unit-norm vector (d,) for each topic: public, as the catalogue is.

    With a `batch` of b above 1 the private input is b vectors (b, d), and all shapes have that axis first. With a `top`
    of k above 0 the output is a `Top`: the k best, and no other score. A mechanism says which of both it carries.
    """

    items: int
    dims: int
    bound: int = SCALE
    centres: tuple[tuple[int, ...], ...] = ()
    batch: int = 1
    top: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.batch <= MAX_BATCH:
            raise ParamError(f"a batch of {self.batch} vectors is refused", then=f"choose between 1 and {MAX_BATCH}")
        if not 0 <= self.top <= self.items:
            raise ParamError(f"the {self.top} best of {self.items} items are refused", then="choose 0 for all scores")

    @property
    def input_shape(self) -> tuple[int, ...]:
        """The shape of the private input: (d,), or (b, d) in a batch."""
        return (self.dims,) if self.batch == 1 else (self.batch, self.dims)

    @property
    def scores_shape(self) -> tuple[int, ...]:
        """The shape of all scores: (N,), or (b, N) in a batch."""
        return (self.items,) if self.batch == 1 else (self.batch, self.items)

    @property
    def top_shape(self) -> tuple[int, ...]:
        """The shape of the best scores and of their indices: (k,), or (b, k) in a batch."""
        return (self.top,) if self.batch == 1 else (self.batch, self.top)

    @property
    def unit(self) -> int:
        """How many score steps make one: scores of unit-norm inputs lie in [-1, 1] * unit."""
        return SCALE * SCALE


class Top(NamedTuple):
    """The best items, best first, ties by lower index: their indices and their scores, (k,) or (b, k) each."""

    indices: npt.NDArray[Any]
    scores: npt.NDArray[Any]

    @classmethod
    def of(cls, output: Any) -> "Top":
        """The output of a run, also where it crossed a process as a plain tuple; WireError for anything else."""
        try:
            indices, scores = output
        except (TypeError, ValueError):
            raise WireError("an output is not the best items and their scores") from None
        return cls(np.asarray(indices), np.asarray(scores))


def quantise(vectors: npt.ArrayLike, *, bound: int = SCALE) -> Ints:
    """Round floats (..., d) in [-1, 1] to int64 steps of 1/256; BoundaryError if not finite."""
    values = np.asarray(vectors, dtype=np.float64)
    if values.size == 0 or not np.isfinite(values).all():
        raise BoundaryError("a vector to quantise is empty or holds NaN or infinity")
    steps = values * SCALE
    np.rint(steps, out=steps)  # in place: a catalogue may be large
    if max(steps.max(), -steps.min()) > bound:
        raise BoundaryError(f"a vector entry exceeds {bound / SCALE:g}", then="scale the vector to unit norm first")
    return steps.astype(np.int64)


def check_vector(task: ScoringTask, vector: object) -> Ints:
    """A client's quantised input as int64 (d,) or (b, d); BoundaryError on any other shape, type or range."""
    array = np.asarray(vector)
    if array.shape != task.input_shape:
        raise BoundaryError(f"the vector has shape {array.shape}, not {task.input_shape}")
    if array.dtype.kind not in "iu":
        raise BoundaryError(f"the vector holds {array.dtype}, not integers", then="quantise it first")
    # Not by absolute value: that of the smallest int64 is negative.
    if array.min(initial=0) < -task.bound or array.max(initial=0) > task.bound:
        raise BoundaryError(f"a vector entry exceeds the bound {task.bound}")
    return array.astype(np.int64)


def reference(catalogue: Ints, vector: Ints) -> Ints:
    """The plain computation, the reference for every backend: int64 (N,), or (b, N) for a batch."""
    if np.ndim(vector) == 1:
        # Faster than the product of integers.
        return np.asarray(np.einsum("ij,j->i", catalogue, vector), dtype=np.int64)
    return np.asarray(vector @ catalogue.T, dtype=np.int64)


def best_of(scores: npt.ArrayLike, *, k: int) -> Top:
    """The k best of all scores, (N,) or (b, N), in the order of `top_k`."""
    array = np.asarray(scores)
    rows = np.atleast_2d(array)
    indices = np.stack([top_k(row, k=k) for row in rows])
    found = np.take_along_axis(rows, indices, axis=1)
    return Top(indices, found) if array.ndim > 1 else Top(indices[0], found[0])


def top_k(scores: npt.ArrayLike, *, k: int, exclude: Ints | None = None) -> Ints:
    """Indices of the k best rounded scores, best first, ties by lower index, without `exclude`."""
    rounded = np.rint(np.asarray(scores, dtype=np.float64)).astype(np.int64)
    enough = k + (0 if exclude is None else len(exclude))
    if len(rounded) > 8 * enough > 0:
        # Of many scores, only those that are not below the last that could be wanted are put in order.
        least = np.partition(rounded, len(rounded) - enough)[len(rounded) - enough]
        few = np.flatnonzero(rounded >= least)
        order = few[np.argsort(-rounded[few], kind="stable")]
    else:
        order = np.argsort(-rounded, kind="stable")
    if exclude is not None and len(exclude):
        order = order[~np.isin(order, exclude)]
    return order[:k].astype(np.int64)
