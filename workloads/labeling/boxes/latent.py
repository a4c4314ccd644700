"""Latent objects: what is there, where and of which class, and how each worker draws, estimated in turn (EM).

Boxes that overlap are of one object, which is there or not. Each worker has a sensitivity, false alarms, right classes,
a spread and a padding, with priors; gold pins them, and whoever draws as a ring against gold loses its weight. Edges
are the weighted median of the padded-back boxes, then one Huber step.
"""

from dataclasses import dataclass

import numpy as np

from workloads.labeling.boxes.agreed import Agreed, Hands, agreed, checked
from workloads.labeling.boxes.clustering import Clusters, Near, clusters, near
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.boxes.hands import Counts, estimated, on_gold
from workloads.labeling.boxes.medians import medians
from workloads.labeling.votes.arrays import Floats

STEPS = 6
_LEAST_SPREAD = 0.02
"""Nobody's edges are nearer than this, in box sizes: a ring's copies are not precise."""
_MOST = 4.0
"""The most that one class weighs, as a log-likelihood."""
_HUBER = 1.5


@dataclass(frozen=True, eq=False)
class _Objects:
    """What each cluster is: `there` (clusters,), `classes` (clusters, classes), real `corners` (clusters, 4)."""

    found: Clusters
    there: Floats
    classes: Floats
    corners: Floats


def latent(drawn: Drawn, *, gold: Known | None = None, steps: int = STEPS) -> Agreed:
    """The objects that are likelier there than not; `sure` is how likely. DataError for gold that cannot be."""
    known = checked(drawn, gold)
    seen = on_gold(drawn, known)
    left = drawn.without(known)
    pairs = near(left)
    hands = estimated(Counts.none(drawn.workers), seen)
    objects = _objects(left, pairs, hands)
    for _ in range(steps - 1):
        hands = estimated(_counted(left, objects), seen)
        objects = _objects(left, pairs, hands)
    keep = objects.there > 0.5
    return agreed(
        drawn, item=objects.found.item[keep], label=objects.classes.argmax(axis=1)[keep],
        corners=objects.corners[keep], sure=objects.there[keep], gold=known, hands=hands,
    )  # fmt: skip


def _objects(drawn: Drawn, pairs: Near, hands: Hands) -> _Objects:
    """The E step: the objects behind the boxes, as the workers are believed to draw."""
    chance = np.clip(0.6 * hands.false_alarms / (1 + hands.false_alarms) + 0.02, 1e-3, 0.999)
    trust = np.maximum(np.log(np.clip(hands.sensitivity, 1e-3, 0.999) / chance), 0.02)
    found = clusters(drawn, pairs, trust)
    return _Objects(found, _there(drawn, found, hands), _classes(drawn, found, hands), _corners(drawn, found, hands))


def _there(drawn: Drawn, found: Clusters, hands: Hands) -> Floats:
    """How likely each object is there: by who drew it, and by who looked and did not."""
    # A box speaks for an object or not at all: whoever draws by chance must not speak against one.
    drew = np.maximum(np.log(hands.sensitivity / (np.maximum(hands.false_alarms, 0.02) * 0.5)), 0)
    missed = np.log(1 - hands.sensitivity) + np.log1p(0.5 * hands.false_alarms)
    looked = np.bincount(drawn.seen[:, 0], weights=missed[drawn.seen[:, 1]], minlength=drawn.items)[found.item]
    logs = np.log(0.5) + found.sums((drew - missed)[drawn.worker]) + looked
    return np.asarray(1 / (1 + np.exp(-np.clip(logs, -30, 30))), dtype=np.float64)


def _classes(drawn: Drawn, found: Clusters, hands: Hands) -> Floats:
    """The posterior of classes of each object, rows of which sum to one."""
    k = drawn.classes
    if k == 1:
        return np.ones((len(found), 1))
    weight = np.clip(np.log(hands.right * (k - 1) / (1 - hands.right)), 0, _MOST)[drawn.worker]
    logs = np.bincount(found.of * k + drawn.label, weights=weight, minlength=len(found) * k).reshape(-1, k)
    odds = np.exp(logs - logs.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float64)


def _corners(drawn: Drawn, found: Clusters, hands: Hands) -> Floats:
    """The edges of each object: each box without its worker's padding, then a robust mean of them."""
    who = drawn.worker
    boxes = drawn.corners - np.tile(drawn.place[:, 2:], 2) * hands.padding[who]
    spread = np.maximum(hands.spread, _LEAST_SPREAD)
    weight = (np.maximum(hands.sensitivity * hands.right - 0.15, 0.01) / spread**2)[who]
    mean = found.rows(boxes * weight[:, None]) / found.sums(weight)[:, None]
    middle = medians(found, boxes, weight)
    size = np.maximum(np.tile(middle[:, 2:] - middle[:, :2], 2), 1)[found.of]
    off = np.abs(boxes - middle[found.of]) / size
    huber = np.minimum(1, _HUBER * spread[who][:, None] / np.maximum(off, 1e-9)) * weight[:, None]
    robust = found.rows(boxes * huber) / found.rows(huber)
    several = np.bincount(found.of, minlength=len(found)) > 2
    return np.asarray(np.where(several[:, None], robust, mean), dtype=np.float64)


def _counted(drawn: Drawn, objects: _Objects) -> Counts:
    """The M step's sums: how each worker drew, held against the objects, each as likely as it is."""
    found, who, workers = objects.found, drawn.worker, drawn.workers
    there = objects.there[found.of]

    def sums(values: Floats) -> Floats:
        return np.bincount(who, weights=values, minlength=workers).astype(np.float64)

    on_item = np.bincount(found.item, weights=objects.there, minlength=drawn.items)
    item, looker = drawn.seen.T
    size = np.maximum(np.tile(objects.corners[:, 2:] - objects.corners[:, :2], 2), 1)[found.of]
    offset = (drawn.corners - objects.corners[found.of]) / size
    # A box alone lies on itself: it says nothing of how its worker's edges lie.
    weight = there * (np.bincount(found.of, minlength=len(found)) > 1)[found.of]
    return Counts(
        found=sums(there),
        there=np.bincount(looker, weights=on_item[item], minlength=workers).astype(np.float64),
        right=sums(there * objects.classes[found.of, drawn.label]),
        of=sums(there),
        alarms=sums(1 - there),
        images=np.bincount(looker, minlength=workers).astype(np.float64),
        weight=sums(weight),
        offset=np.stack([sums(weight * offset[:, i]) for i in range(4)], axis=1),
        square=np.stack([sums(weight * offset[:, i] ** 2) for i in range(4)], axis=1),
    )
