"""Weighted medians of the edges of each cluster, all at once."""

import numpy as np

from workloads.labeling.boxes.clustering import Clusters
from workloads.labeling.votes.arrays import Floats


def medians(found: Clusters, values: Floats, weight: Floats) -> Floats:
    """The weighted median of each column over each cluster, float64 (clusters, k) of values (n, k), weights (n,).

    Where half of the weight ends exactly between two values, their mean.
    """
    half = found.sums(weight) / 2
    sizes = np.bincount(found.of, minlength=len(found))
    ends = np.cumsum(sizes)
    made = np.empty((len(found), values.shape[1]))
    for column in range(values.shape[1]):
        order = np.lexsort((values[:, column], found.of))
        of, value, upto = found.of[order], values[order, column], np.cumsum(weight[order])
        before = np.concatenate(([0.0], upto))[ends - sizes]
        upto = upto - before[of]
        # The first value of each cluster at which half of its weight is reached.
        tolerance = 1e-9 * half
        short = upto < (half - tolerance)[of]
        at = ends - sizes + np.bincount(of, weights=short, minlength=len(found)).astype(np.int64)
        at = np.minimum(at, ends - 1)
        following = np.minimum(at + 1, ends - 1)
        exact = np.abs(upto[at] - half) <= tolerance
        made[:, column] = np.where(exact, (value[at] + value[following]) / 2, value[at])
    return made
