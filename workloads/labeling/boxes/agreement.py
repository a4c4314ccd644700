"""Agreement weights: a worker counts by how much its boxes overlap with those of others on the same image.

The way of CrowdLabel, kept as a baseline: whoever draws as most do has the weight, a ring as well.
"""

import numpy as np

from workloads.labeling.boxes.agreed import Agreed
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.boxes.majority import of_weights
from workloads.labeling.boxes.overlaps import shares
from workloads.labeling.votes.arrays import Floats


def agreement(drawn: Drawn, *, gold: Known | None = None) -> Agreed:
    """The majority of these weights, at the weighted mean of its boxes."""
    return of_weights(drawn, weights(drawn), gold=gold)


def weights(drawn: Drawn) -> Floats:
    """The mean overlap of each worker with another one on one image, float64 (workers,); 0 where either drew nothing.

    Of two workers it is the mean, over the boxes of the first, of the most that a box of the second overlaps with.
    """
    total, pairs = np.zeros(drawn.workers), np.zeros(drawn.workers)
    looks = drawn.looks
    np.add.at(pairs, drawn.seen[:, 1], looks[drawn.seen[:, 0]] - 1)
    for item in np.flatnonzero(np.diff(drawn.ends) > 1).tolist():
        start, end = drawn.ends[item], drawn.ends[item + 1]
        corners, who = drawn.corners[start:end], drawn.worker[start:end]
        overlap = shares(corners, corners)
        # Rows are in order of workers: the most of each other worker is a reduction over its columns.
        people, first = np.unique(who, return_index=True)
        most = np.maximum.reduceat(overlap, first, axis=1)
        each = np.add.reduceat(most, first, axis=0) / np.diff(np.append(first, len(who)))[:, None]
        total[people] += each.sum(axis=1) - np.diag(each)
    return np.asarray(total / np.maximum(pairs, 1), dtype=np.float64)
