"""Weighted box fusion: boxes of one class join the fused box that they overlap with, whose corners are their mean.

Source: Solovyev, Wang, Gabruseva 2021, "Weighted boxes fusion". People give no confidence, so that all boxes have the
same; the share of workers who drew a fused box says how sure it is, and half of them must have.
"""

import numpy as np

from workloads.labeling.boxes.agreed import Agreed, agreed, checked
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.votes.arrays import Floats, Ints

OVERLAP = 0.55
"""The overlap with a fused box from which on a box joins it: the paper's."""


def fusion(drawn: Drawn, *, gold: Known | None = None) -> Agreed:
    """The fused boxes of each item that more than half of those who looked drew."""
    known = checked(drawn, gold)
    rows: list[tuple[int, int, Floats, float]] = []
    for item in np.flatnonzero(np.diff(drawn.ends)).tolist():
        start, end = drawn.ends[item], drawn.ends[item + 1]
        looked = int(drawn.looks[item])
        for label, corners, count in _fused(drawn.corners[start:end], drawn.label[start:end]):
            sure = min(count, looked) / looked
            if sure > 0.5:
                rows.append((item, label, corners, sure))
    return agreed(
        drawn,
        item=np.array([r[0] for r in rows], dtype=np.int64),
        label=np.array([r[1] for r in rows], dtype=np.int64),
        corners=np.array([r[2] for r in rows], dtype=np.float64).reshape(-1, 4),
        sure=np.array([r[3] for r in rows], dtype=np.float64),
        gold=known,
    )


def _fused(corners: Ints, label: Ints) -> list[tuple[int, Floats, int]]:
    """Class, corners and number of boxes of each fused box of one item."""
    made: list[tuple[int, Floats, int]] = []
    for box, of in zip(corners.astype(np.float64), label.tolist(), strict=True):
        best, most = -1, OVERLAP
        for at, (theirs, fused, _) in enumerate(made):
            if theirs == of and (overlap := _share(box, fused)) > most:
                best, most = at, overlap
        if best < 0:
            made.append((of, box, 1))
        else:
            _, fused, count = made[best]
            made[best] = (of, fused + (box - fused) / (count + 1), count + 1)
    return made


def _share(a: Floats, b: Floats) -> float:
    both = float(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0).prod())
    return both / float((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - both)
