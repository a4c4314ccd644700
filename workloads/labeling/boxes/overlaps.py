"""How much boxes overlap, for arrays of them: whole numbers, so that a bound is met or not, and never nearly."""

from fractions import Fraction

import numpy as np

from workloads.labeling.votes.arrays import Bools, Floats, Ints


def overlaps(a: Ints, b: Ints) -> tuple[Ints, Ints]:
    """Pixels that are in both boxes, and in either, int64 (n, m) each; boxes are left, top, right, bottom, (n, 4)."""
    low = np.maximum(a[:, None, :2], b[None, :, :2])
    high = np.minimum(a[:, None, 2:], b[None, :, 2:])
    both = np.maximum(high - low, 0).prod(axis=2)
    union = areas(a)[:, None] + areas(b)[None] - both
    return both, union


def areas(corners: Ints) -> Ints:
    """Pixels of each box, int64 (n,)."""
    return np.asarray((corners[:, 2:] - corners[:, :2]).prod(axis=1), dtype=np.int64)


def shares(a: Ints, b: Ints) -> Floats:
    """Intersection over union, float64 (n, m)."""
    both, union = overlaps(a, b)
    return np.asarray(both / union, dtype=np.float64)


def meet(a: Ints, b: Ints, *, least: Fraction) -> Bools:
    """Which overlap by `least` or more, exactly, bool (n, m)."""
    both, union = overlaps(a, b)
    return np.asarray(both * least.denominator >= union * least.numerator)


def paired(overlap: Floats, *, least: float = 0.0) -> list[tuple[int, int]]:
    """Rows and columns in pairs, each in one at most: what overlaps most first, and none of `least` or below 0."""
    left, pairs = overlap.copy(), []
    while left.size:
        row, column = divmod(int(left.argmax()), left.shape[1])
        if left[row, column] <= 0 or left[row, column] < least:
            break
        pairs.append((row, column))
        left[row] = -1
        left[:, column] = -1
    return pairs
