"""Traces that floating-point noise leaves in a release (Mironov 2012, "On significance of the least significant bits").

Noise that is sampled as a float and added to a value gives sums that lie on the value's own grid: many a float can be
the sum from one value and never from another. Integers have no such bits, and OpenDP samples on a grid that does not
depend on the value. The check counts, in each release, the coordinates that no float added to either input would
give, those that are off the grid of either input's magnitude, and the zeros at the ends of the mantissas, and hands
these counts to the audit: so it accuses an honest release no more often than its confidence allows, whatever that
does with floats.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.attacks.audit import AuditResult, audit
from privacy.primitives.scoring import SCALE

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]

_BITS = {2: (np.uint16, 10), 4: (np.uint32, 23), 8: (np.uint64, 52)}
_UNITS = (1, SCALE)
"""A release may be in the quantised steps of its input, or in units of `SCALE` steps."""


def is_float(releases: npt.ArrayLike) -> bool:
    """Whether releases have low-order bits to read."""
    return np.asarray(releases).dtype.kind == "f"


def float_leak(
    releases0: npt.ArrayLike,
    releases1: npt.ArrayLike,
    value0: npt.ArrayLike,
    value1: npt.ArrayLike,
    *,
    delta: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    declared: float | None = None,
) -> AuditResult:
    """Bound epsilon from below by low-order bits alone: float releases (n, d) of the inputs `value0`, `value1` (d,).

    ValueError for releases that are not floats.
    """
    sides = [np.asarray(releases0), np.asarray(releases1)]
    if not all(map(is_float, sides)):
        raise ValueError("releases without low-order bits: they are not floats")
    marks = [bit_marks(side, np.asarray(value0), np.asarray(value1)) for side in sides]
    return audit(
        *marks,
        delta=delta,
        confidence=confidence,
        seed=seed,
        directions=list(np.eye(marks[0].shape[1])),
        declared=declared,
    )


def bit_marks(releases: Array, value0: Array, value1: Array) -> Floats:
    """What the low-order bits of releases (n, d) show: float64 (n, 7).

    For each unit, how many more coordinates are out of reach of `value0` than of `value1`, how many are out of reach
    of either, in all, and how many more are off the grid of `value0`; then the zeros that end the mantissas.
    """
    rows = releases.reshape(len(releases), -1)
    columns = []
    for unit in _UNITS:
        values = [(value / unit).astype(rows.dtype) for value in (value0, value1)]
        out = [_out_of_reach(rows, value) for value in values]
        off = [_off_grid(rows, value) for value in values]
        columns += [out[0] - out[1], out[0] + out[1], off[0] - off[1]]
    return np.stack([*columns, _ending_zeros(rows)], axis=1).astype(np.float64)


def _out_of_reach(rows: Array, value: Array) -> npt.NDArray[np.int64]:
    """How many coordinates of each row are no sum of the value and any one float.

    The difference is rounded, but where a float that gives the sum exists, this one or a neighbour of it does.
    """
    with np.errstate(all="ignore"):
        noise = rows - value
        reached = value + noise == rows
        for side in (-np.inf, np.inf):
            reached |= value + np.nextafter(noise, np.array(side, dtype=rows.dtype)) == rows
    return np.asarray((~reached).sum(axis=1), dtype=np.int64)


def _off_grid(rows: Array, value: Array) -> npt.NDArray[np.int64]:
    """How many coordinates of each row are finer than any sum with a float of about the value's magnitude.

    A sum far smaller than its terms is a multiple of their spacing. This asks for the magnitude alone, and so finds
    what was clipped or scaled a little before its noise.
    """
    grid = np.where(value == 0, 0, np.spacing(np.abs(value)) / 4)
    steps = np.divide(rows, grid, out=np.zeros_like(rows), where=grid > 0)
    return np.asarray((steps != np.rint(steps)).sum(axis=1), dtype=np.int64)


def _ending_zeros(rows: Array) -> npt.NDArray[np.int64]:
    kind, width = _BITS.get(rows.dtype.itemsize, _BITS[8])
    bits = np.ascontiguousarray(rows if rows.dtype.itemsize in _BITS else rows.astype(np.float64)).view(kind)
    lowest = bits & (~bits + kind(1))
    zeros = np.where(bits == 0, width, np.log2(np.maximum(lowest, 1).astype(np.float64)))
    return np.asarray(np.minimum(zeros, width).sum(axis=1), dtype=np.int64)
