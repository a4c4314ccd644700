"""A public catalogue times a share of a vector, modulo 2^32 or 2^64: one pass over the catalogue."""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import int16, int64, types, uint32, uint64, void

from privacy.plugin import ScoringTask
from privacy.plugin.compiled import compiled

Words = npt.NDArray[Any]  # of uint32 or uint64
Integers = npt.NDArray[np.int64]


def word(task: ScoringTask) -> type[np.uint32] | type[np.uint64]:
    """The words of shares: the smallest that no score of the task leaves, whatever its sign, nor an entry 16 bits."""
    return np.uint32 if task.bound < 1 << 15 and task.dims * task.bound**2 < 1 << 31 else np.uint64


def compact(catalogue: Integers, *, narrow: bool) -> npt.NDArray[np.signedinteger]:
    """The catalogue (N, d) in the smallest integers that a pass takes: it then reads fewer bytes."""
    return np.ascontiguousarray(catalogue, dtype=np.int16 if narrow else np.int64)


def product(catalogue: npt.NDArray[np.signedinteger], share: Words) -> Words:
    """Shares of scores (..., N), from a share (..., d) of each vector; all sums wrap around."""
    rows: Words = share.reshape(-1, share.shape[-1])
    out = np.empty((len(rows), len(catalogue)), dtype=share.dtype)
    if share.dtype == np.uint32:
        for row, one in zip(rows, out, strict=True):
            _narrow(catalogue, row, one)
    else:
        for row, one in zip(rows, out, strict=True):
            _wide(catalogue, row, one)
    return out.reshape(*share.shape[:-1], len(catalogue))


@compiled(void(types.Array(int16, 2, "C", readonly=True), types.Array(uint32, 1, "C", readonly=True), uint32[::1]))
def _narrow(catalogue: npt.NDArray[np.int16], share: npt.NDArray[np.uint32], out: npt.NDArray[np.uint32]) -> None:
    for i in range(catalogue.shape[0]):
        total = np.uint32(0)
        for j in range(catalogue.shape[1]):
            # By way of 32 bits: without it the compiler widens to 64, at half the speed.
            total += np.uint32(np.int32(catalogue[i, j])) * share[j]
        out[i] = total


@compiled(void(types.Array(int64, 2, "C", readonly=True), types.Array(uint64, 1, "C", readonly=True), uint64[::1]))
def _wide(catalogue: npt.NDArray[np.int64], share: npt.NDArray[np.uint64], out: npt.NDArray[np.uint64]) -> None:
    for i in range(catalogue.shape[0]):
        total = np.uint64(0)
        for j in range(catalogue.shape[1]):
            total += np.uint64(np.int64(catalogue[i, j])) * share[j]
        out[i] = total
