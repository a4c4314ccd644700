"""Majority: a thing is there where more than half of those who looked drew it, at the mean of their boxes."""

import numpy as np

from workloads.labeling.boxes.agreed import Agreed, agreed, checked, labels_of
from workloads.labeling.boxes.clustering import clusters, near
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.votes.arrays import Floats


def majority(drawn: Drawn, *, gold: Known | None = None) -> Agreed:
    """Every worker counts the same; `sure` is the share of those who looked."""
    return of_weights(drawn, np.ones(drawn.workers), gold=gold)


def of_weights(drawn: Drawn, weight: Floats, *, gold: Known | None) -> Agreed:
    """The clusters with more than half of the weight of those who looked, where `weight` is of workers, (workers,)."""
    known = checked(drawn, gold)
    found = clusters(drawn, near(drawn), weight)
    own = weight[drawn.worker]
    total = np.bincount(drawn.seen[:, 0], weights=weight[drawn.seen[:, 1]], minlength=drawn.items)[found.item]
    here = found.sums(own)
    keep = here > total / 2 + 1e-9
    votes = np.bincount(found.of * drawn.classes + drawn.label, weights=own, minlength=len(found) * drawn.classes)
    label = labels_of(drawn, votes.astype(np.float64).reshape(-1, drawn.classes))
    # Sums in another order may be above one by their last bit.
    sure = np.minimum(here / np.maximum(total, 1e-12), 1.0)
    mean = found.rows(drawn.corners * own[:, None]) / np.maximum(here, 1e-12)[:, None]
    return agreed(
        drawn, item=found.item[keep], label=label[keep], corners=mean[keep], sure=sure[keep], gold=known,
    )  # fmt: skip
