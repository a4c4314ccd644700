"""The loops that a lookup spends its time in, compiled for this machine.

They hold no lock, and none runs in parallel by itself: Numba's own threads do not survive two callers. Whoever wants
two threads cuts the rows. All are compiled when this module is imported, or loaded from where Numba keeps them: a first
query waits for nothing, and an app that imports its mechanisms beforehand has them ready.
"""

from typing import Any

import numpy as np
from numba import complex128, int8, int16, int32, int64, njit, types, uint32, void

ROWS_AT_ONCE = 4
"""Rows that share each load of a query. One alone is half as fast."""

_complex = complex128[:, ::1]
_hint = types.Array(int16, 2, "C", readonly=True)


@njit(void(int8[:, :, ::1], uint32[:, :, ::1], uint32[:, ::1], int64, int64), nogil=True, cache=True, boundscheck=False)
def scan(tiles: Any, queries: Any, out: Any, first: int, last: int) -> None:
    """Add the matrix times each query to `out`, modulo 2^32, for the rows from `first` up to `last`.

    Tiles are int8 (blocks, rows, n), queries uint32 (blocks, k, n), out uint32 (k, rows); `ROWS_AT_ONCE` divides the
    number of rows.
    """
    for block in range(tiles.shape[0]):
        for row in range(first, last, 4):
            d0, d1 = tiles[block, row], tiles[block, row + 1]
            d2, d3 = tiles[block, row + 2], tiles[block, row + 3]
            for k in range(queries.shape[1]):
                query = queries[block, k]
                s0 = s1 = s2 = s3 = np.uint32(0)
                for j in range(tiles.shape[2]):
                    x = query[j]
                    # By way of int32 the products stay 32 bits wide: else Numba takes 64.
                    s0 += np.uint32(np.int32(d0[j])) * x
                    s1 += np.uint32(np.int32(d1[j])) * x
                    s2 += np.uint32(np.int32(d2[j])) * x
                    s3 += np.uint32(np.int32(d3[j])) * x
                out[k, row] += s0
                out[k, row + 1] += s1
                out[k, row + 2] += s2
                out[k, row + 3] += s3


@njit(void(_complex, complex128[::1], complex128[::1], _complex, _complex), nogil=True, cache=True, boundscheck=False)
def multiply_add(rows: Any, low: Any, high: Any, to_low: Any, to_high: Any) -> None:
    """Add rows (r, m) times `low` (m,) to `to_low`, and times `high` to `to_high`, all complex."""
    for r in range(rows.shape[0]):
        for i in range(rows.shape[1]):
            to_low[r, i] += rows[r, i] * low[i]
            to_high[r, i] += rows[r, i] * high[i]


@njit(void(_hint, int8[::1], int32[::1]), nogil=True, cache=True, boundscheck=False)
def open_rows(rows: Any, secret: Any, out: Any) -> None:
    """Set `out` to hint rows, int16 (r, n), times a ternary secret, int8 (n,): int32 (r,), exact up to n = 2^16."""
    for r in range(rows.shape[0]):
        row, total = rows[r], np.int32(0)
        for j in range(rows.shape[1]):
            total += np.int32(row[j]) * np.int32(secret[j])
        out[r] = total
