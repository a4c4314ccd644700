"""Many points at once, on all cores: sums of points times numbers, and a fixed base times numbers."""

import itertools
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from backends.provers.groth16 import kernel
from backends.provers.groth16.curve import G1Point, G2Point
from backends.provers.groth16.field import Q
from backends.provers.groth16.kernel import Limbs
from backends.provers.groth16.rows import montgomery, plain

_WINDOWS = 32
_UNIT = np.array([[1, 0, 0, 0]], np.uint64)
_LONGEST = 13
"""Bits of a digit, at most: more buckets than that fall out of the processor's cache."""


@dataclass(frozen=True)
class Group:
    """One of both groups: its compiled loops, and how many limbs an affine point has."""

    limbs: int
    sum: Callable[..., None]
    affine: Callable[..., None]
    powers: Callable[..., None]
    fixed: Callable[..., None]

    @property
    def jacobian(self) -> int:
        return self.limbs // 2 * 3


ONE = Group(8, kernel.sum1, kernel.affine1, kernel.powers1, kernel.fixed1)
TWO = Group(16, kernel.sum2, kernel.affine2, kernel.powers2, kernel.fixed2)


@contextmanager
def cores() -> Iterator[ThreadPoolExecutor]:
    """Threads, one for each core that this process may use. They are gone after, as none survives a fork."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with ThreadPoolExecutor(count, thread_name_prefix="groth16") as pool:
        yield pool


def stacked(points: Iterable[Any], group: Group) -> Limbs:
    """Points over Python's integers as rows of limbs; infinity as zeros."""
    flat = [part for point in points for part in _parts(point, group)]
    return montgomery(flat, Q).reshape(-1, group.limbs)


def _parts(point: Any, group: Group) -> list[int]:
    if point is None:
        return [0] * (group.limbs // 4)
    return list(point) if group is ONE else [part for coordinate in point for part in coordinate]


def points1(rows: Limbs) -> list[G1Point]:
    """Rows of limbs as points of G1 over Python's integers; what they are is not checked."""
    found = plain(rows.reshape(-1, 4), Q)
    pairs = [(found[at], found[at + 1]) for at in range(0, len(found), 2)]
    return [pair if any(pair) else None for pair in pairs]


def points2(rows: Limbs) -> list[G2Point]:
    """The same of G2."""
    v = plain(rows.reshape(-1, 4), Q)
    found = [((v[at], v[at + 1]), (v[at + 2], v[at + 3])) for at in range(0, len(v), 4)]
    return [point if any((*point[0], *point[1])) else None for point in found]


def total(points: Limbs, scalars: Limbs, group: Group) -> Limbs:
    """The sum of points times plain numbers (n, 4), one affine row, in this thread."""
    used = np.flatnonzero(scalars.any(axis=1))
    points, scalars = points[used], np.ascontiguousarray(scalars[used])
    # Most wires are bits: they are summed up in one small window, the few long numbers on their own.
    small = (scalars[:, 1:] == 0).all(axis=1) & (scalars[:, 0] < 2)
    sums = [_sum(points[part], scalars[part], bits, group) for part, bits in ((small, 1), (~small, 254))]
    return joined([_affine(one, group) for one in sums], group)


def _sum(points: Limbs, scalars: Limbs, bits: int, group: Group) -> Limbs:
    width = 2 if bits == 1 else max(2, min(_LONGEST, len(points).bit_length() - 2))
    digits = np.empty((-(-(bits + 1) // width), len(points)), np.int32)
    out = np.empty((1, group.jacobian), np.uint64)
    kernel.digits(np.ascontiguousarray(scalars), width, digits)
    group.sum(np.ascontiguousarray(points), digits, width, out)
    return out


def _affine(jacobian: Limbs, group: Group) -> Limbs:
    out = np.empty((len(jacobian), group.limbs), np.uint64)
    group.affine(jacobian, out)
    return out


def joined(parts: list[Limbs], group: Group) -> Limbs:
    """The sum of affine rows."""
    rows = np.concatenate(parts)
    return _affine(_sum(rows, np.repeat(_UNIT, len(rows), axis=0), 1, group), group)


class Base:
    """A fixed base, whose multiples are looked up."""

    def __init__(self, point: Any, group: Group) -> None:
        self._group = group
        rows = np.empty((_WINDOWS * ((1 << kernel.BYTE) - 1), group.jacobian), np.uint64)
        group.powers(stacked([point], group), rows)
        self._table = _affine(rows, group)

    def times(self, scalars: Limbs, pool: ThreadPoolExecutor) -> Limbs:
        """The base times plain numbers (n, 4), affine rows, on all cores."""
        parts = list(pool.map(self._part, [scalars[a:b] for a, b in spans(len(scalars), pool._max_workers)]))
        return np.concatenate(parts) if parts else np.empty((0, self._group.limbs), np.uint64)

    def _part(self, scalars: Limbs) -> Limbs:
        out = np.empty((len(scalars), self._group.jacobian), np.uint64)
        self._group.fixed(self._table, np.ascontiguousarray(scalars), out)
        return _affine(out, self._group)


def spans(count: int, parts: int) -> list[tuple[int, int]]:
    """The bounds of so many parts of a row of things, about as long as one another."""
    cuts = np.linspace(0, count, max(1, min(parts, count)) + 1, dtype=int).tolist()
    return list(itertools.pairwise(cuts))
