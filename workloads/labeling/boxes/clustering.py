"""Boxes that are of one thing: those that overlap enough, at most one of each worker."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from workloads.labeling.boxes.drawn import Drawn
from workloads.labeling.boxes.overlaps import overlaps
from workloads.labeling.votes.arrays import Floats, Ints

LEAST = Fraction(2, 5)
"""The least overlap with the box that a cluster begins with."""


@dataclass(frozen=True, eq=False, repr=False)
class Clusters:
    """The cluster of each box, int64 (n,), and the item of each cluster, int64 (clusters,)."""

    of: Ints
    item: Ints

    def __len__(self) -> int:
        return len(self.item)

    def sums(self, values: Floats) -> Floats:
        """The sum over each cluster of a value of each box, float64 (clusters,) of (n,)."""
        return np.bincount(self.of, weights=values, minlength=len(self)).astype(np.float64)

    def rows(self, values: Floats) -> Floats:
        """The sums of each column, float64 (clusters, k) of (n, k)."""
        return np.stack([self.sums(values[:, i]) for i in range(values.shape[1])], axis=1)


@dataclass(frozen=True, eq=False, repr=False)
class Near:
    """Pairs of boxes of different workers that overlap enough: `one` and `other`, by falling overlap within `one`.

    `ends` (n + 1,) says where the pairs of each box begin. It is found once, whatever the workers' weights.
    """

    one: Ints
    other: Ints
    ends: Ints


def near(drawn: Drawn) -> Near:
    """All pairs of the boxes of each item."""
    found: list[tuple[Ints, Ints, Floats]] = []
    for item in np.flatnonzero(np.diff(drawn.ends) > 1).tolist():
        start, end = drawn.ends[item], drawn.ends[item + 1]
        corners, who = drawn.corners[start:end], drawn.worker[start:end]
        both, union = overlaps(corners, corners)
        enough = both * LEAST.denominator >= union * LEAST.numerator
        enough &= who[:, None] != who[None]
        one, other = np.nonzero(enough)
        found.append((one + start, other + start, both[one, other] / union[one, other]))
    if not found:
        empty = np.zeros(0, dtype=np.int64)
        return Near(empty, empty, np.zeros(len(drawn) + 1, dtype=np.int64))
    one, other, share = (np.concatenate(column) for column in zip(*found, strict=True))
    order = np.lexsort((other, -share, one))
    return Near(one[order], other[order], np.searchsorted(one[order], np.arange(len(drawn) + 1)))


def clusters(drawn: Drawn, pairs: Near, weight: Floats) -> Clusters:
    """The clusters of all boxes; those with the heaviest support begin one first. `weight` is of workers, (workers,).

    Each takes the boxes that overlap most with its first one, of workers who have none in it.
    """
    own = weight[drawn.worker]
    support = own + np.bincount(pairs.one, weights=own[pairs.other], minlength=len(drawn))
    # Sums in another order differ in their last bits: they must not decide who is first.
    order = np.argsort(-np.round(support, 9), kind="stable").tolist()
    of = [-1] * len(drawn)
    first: list[int] = []
    who, other, ends = drawn.worker.tolist(), pairs.other.tolist(), pairs.ends.tolist()
    for seed in order:
        if of[seed] >= 0:
            continue
        number = of[seed] = len(first)
        first.append(seed)
        taken = {who[seed]}
        for box in other[ends[seed] : ends[seed + 1]]:
            if of[box] < 0 and who[box] not in taken:
                of[box] = number
                taken.add(who[box])
    return Clusters(np.array(of, dtype=np.int64), drawn.item[np.array(first, dtype=np.int64)])
