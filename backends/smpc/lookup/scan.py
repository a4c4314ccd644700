"""The one loop of a two-server lookup: the exclusive or of the records that bits select, in a single pass.

Compiled when this module is imported, or loaded from where Numba keeps it.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
from numba import int64, njit, uint8, uint64, void

_WORD = 8


def words_of(records: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """Records (N, R) as words of 64 bits, padded with zeros: uint64 (N, W)."""
    count, size = records.shape
    padded = np.zeros((count, -(-size // _WORD) * _WORD), dtype=np.uint8)
    padded[:, :size] = records
    return padded.view(np.uint64)


def selected(words: npt.NDArray[np.uint64], bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint64]:
    """The exclusive or of the rows of `words` (N, W) that each row of `bits` (k, N) selects: uint64 (k, W)."""
    out = np.zeros((len(bits), words.shape[1]), dtype=np.uint64)
    scan(words, np.ascontiguousarray(bits.T), out)
    return out


@njit(void(uint64[:, ::1], uint8[:, ::1], uint64[:, ::1]), nogil=True, cache=True, boundscheck=False)
def scan(words: Any, bits: Any, out: Any) -> None:
    """Add rows of `words` (N, W) to `out` (k, W) by exclusive or where `bits` (N, k) is 1.

    Every row is read once for all, and added under a mask: which rows count changes neither what is read nor when.
    """
    for row in range(words.shape[0]):
        for k in range(bits.shape[1]):
            mask = -int64(bits[row, k])
            for i in range(words.shape[1]):
                out[k, i] ^= words[row, i] & uint64(mask)
