"""What is known of how each worker draws: counted on gold first, then re-estimated with every step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workloads.labeling.boxes.agreed import Hands
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.clustering import LEAST
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.boxes.overlaps import paired, shares
from workloads.labeling.votes.arrays import Floats, Ints

_USUAL = Hands(np.array(0.75), np.array(0.3), np.array(0.7), np.array(0.1), np.zeros(4))
"""What is believed of a worker of whom nothing is known."""
_ON_GOLD = 4.0
"""How often a look at gold counts, beside one at an item whose boxes are only estimated."""
_STILL = 2.5
"""Offsets of 0 that each worker's padding begins with: few gold boxes say little."""
_SURE = 0.95
"""A worker is not believed better than the upper end of what gold says, at this level."""


@dataclass
class Counts:
    """Sums over boxes, float64 (workers,) each, of offsets (workers, 4).

    `found` of `there` things, `right` classes `of` those found, `alarms` boxes around nothing on `images`; `weight` of
    offsets from the true edges in box sizes, their sum `offset` and sum of squares `square`.
    """

    found: Floats
    there: Floats
    right: Floats
    of: Floats
    alarms: Floats
    images: Floats
    weight: Floats
    offset: Floats
    square: Floats

    @classmethod
    def none(cls, workers: int) -> "Counts":
        """All of them zero."""
        found, there, right, of, alarms, images, weight = np.zeros((7, workers))
        return cls(
            found, there, right, of, alarms, images, weight, np.zeros((workers, 4)), np.zeros((workers, 4))
        )  # fmt: skip


def on_gold(drawn: Drawn, gold: Known) -> Counts:
    """How each worker drew on gold, held against the true boxes."""
    counts = Counts.none(drawn.workers)
    for item, worker, boxes in drawn.drawings():
        if item not in gold:
            continue
        true, mine = corners_of(gold[item]), corners_of(boxes)
        pairs = paired(shares(true, mine), least=float(LEAST))
        counts.found[worker] += len(pairs)
        counts.there[worker] += len(true)
        counts.alarms[worker] += len(mine) - len(pairs)
        counts.images[worker] += 1
        for i, j in pairs:
            counts.right[worker] += gold[item][i].label == boxes[j].label
            counts.of[worker] += 1
            size = np.tile(true[i, 2:] - true[i, :2], 2)
            offset = (mine[j] - true[i]) / size
            counts.weight[worker] += 1
            counts.offset[worker] += offset
            counts.square[worker] += offset**2
    return counts


def corners_of(boxes: Sequence[Box]) -> Ints:
    """Left, top, right and bottom, int64 (n, 4)."""
    rows = [(b.x, b.y, b.x + b.width, b.y + b.height) for b in boxes]
    return np.array(rows, dtype=np.int64).reshape(-1, 4)


def estimated(counts: Counts, gold: Counts) -> Hands:
    """Hands from what was counted on items and on gold, shrunk towards a usual worker.

    Padding comes from gold where there are at least three boxes of it: what all workers share, no consensus shows.
    """
    upper = _upper(gold)
    found, there = counts.found + _ON_GOLD * gold.found, counts.there + _ON_GOLD * gold.there
    right, of = counts.right + _ON_GOLD * gold.right, counts.of + _ON_GOLD * gold.of
    alarms, images = counts.alarms + _ON_GOLD * gold.alarms, counts.images + _ON_GOLD * gold.images
    weight = counts.weight + _ON_GOLD * gold.weight
    offset = counts.offset + _ON_GOLD * gold.offset
    square = counts.square + _ON_GOLD * gold.square
    enough = gold.weight > 2
    padding = np.where(enough[:, None], gold.offset / (gold.weight + _STILL)[:, None], offset / (weight + 8.0)[:, None])
    apart = (square - 2 * padding * offset + padding**2 * weight[:, None]).sum(axis=1) / 4
    return Hands(
        sensitivity=np.clip(np.minimum((found + 6) / (there + 8), upper[0]), 0.02, 0.98),
        false_alarms=(alarms + float(_USUAL.false_alarms)) / (images + 1),
        right=np.clip(np.minimum((right + 4) / (of + 6), upper[1]), 0.02, 0.98),
        spread=np.sqrt(np.maximum(apart, 0) + 2 * float(_USUAL.spread) ** 2) / np.sqrt(weight + 2),
        padding=padding,
    )


def _upper(gold: Counts) -> tuple[Floats, Floats]:
    """The most that gold lets one believe of each worker's sensitivity and classes; 1 where there was none."""
    from scipy.special import betaincinv

    def end(hits: Floats, of: Floats) -> Floats:
        return np.asarray(betaincinv(hits + 1, np.maximum(of - hits, 0) + 1, _SURE), dtype=np.float64)

    return end(gold.found, gold.there), end(gold.right, gold.of)
