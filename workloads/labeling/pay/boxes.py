"""Pay for boxes: how they overlap with the consensus of their own item, less how they do with those of other items.

Whoever draws the same box everywhere overlaps with every item alike, and earns nothing. A ring earns little: the
consensus is not its own. Gold is not paid: who knows it would earn on it.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from workloads.labeling.boxes.agreed import Agreed
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.drawn import Drawn
from workloads.labeling.boxes.hands import corners_of
from workloads.labeling.boxes.overlaps import paired, shares
from workloads.labeling.votes.arrays import Floats

_OTHERS = 8
"""Other items that a drawing is held against."""
_OTHER_CLASS = 0.5
"""What an overlap with a box of another class is worth."""


def agreement_of(mine: Sequence[Box], theirs: Sequence[Box]) -> float:
    """How well boxes are those of an item, 0 to 1: overlaps one to one, over the larger number of boxes.

    So boxes that are missing cost as much as boxes that are too many; nothing on nothing is 1.
    """
    if not mine or not theirs:
        return float(not mine and not theirs)
    overlap = shares(corners_of(mine), corners_of(theirs))
    alike = np.array([b.label for b in mine])[:, None] == np.array([b.label for b in theirs])[None]
    overlap *= np.where(alike, 1.0, _OTHER_CLASS)
    return float(sum(overlap[i, j] for i, j in paired(overlap))) / max(len(mine), len(theirs))


def box_scores(drawn: Drawn, found: Agreed, *, unpaid: Iterable[int], seed: int = 0) -> Floats:
    """What each worker earned on all items, never below 0, float64 (workers,); items `unpaid` are gold or audited.

    `seed` draws the other items, and must be drawn itself once the round is sealed.
    """
    closed = set(unpaid)
    open_ = np.array([item for item in range(drawn.items) if item not in closed], dtype=np.int64)
    earned = np.zeros(drawn.workers)
    rng = np.random.default_rng(seed)
    for item, worker, boxes in drawn.drawings():
        if item in closed:
            continue
        others = open_[open_ != item]
        some = rng.choice(others, min(_OTHERS, len(others)), replace=False).tolist()
        base = sum(agreement_of(boxes, found.boxes[one]) for one in some) / max(1, len(some))
        earned[worker] += agreement_of(boxes, found.boxes[item]) - base
    return np.maximum(earned, 0)
