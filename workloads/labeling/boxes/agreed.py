"""What a consensus on boxes comes to, and how it is held against the truth."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.boxes.box import Box, matched
from workloads.labeling.boxes.drawn import Drawn, Known
from workloads.labeling.votes.arrays import Floats, Ints


@dataclass(frozen=True, eq=False, repr=False)
class Hands:
    """What is estimated of each worker, float64 (workers,): how it draws, held against the consensus and gold.

    `sensitivity` is the share of things that it boxes, `false_alarms` the boxes around nothing on an image, `right` the
    share of right classes, `spread` how far its edges lie off, in box sizes; `padding` (workers, 4) how far out its
    left, top, right and bottom edges lie on average, in box sizes.
    """

    sensitivity: Floats
    false_alarms: Floats
    right: Floats
    spread: Floats
    padding: Floats


@dataclass(frozen=True, eq=False, repr=False)
class Agreed:
    """The boxes of each item, with how sure each is, 0 to 1; `hands` where the method estimates workers."""

    boxes: tuple[tuple[Box, ...], ...]
    sure: tuple[tuple[float, ...], ...]
    hands: Hands | None = None


def agreed(
    drawn: Drawn,
    *,
    item: Ints,
    label: Ints,
    corners: Floats,
    sure: Floats,
    gold: Known | None,
    hands: Hands | None = None,
) -> Agreed:
    """The consensus of boxes with real corners (n, 4): in whole pixels inside of their images, gold as it is known."""
    boxes: list[list[tuple[Box, float]]] = [[] for _ in range(drawn.items)]
    limit = drawn.sizes[item]
    low = np.clip(np.rint(corners[:, :2]).astype(np.int64), 0, limit - 1)
    high = np.clip(np.rint(corners[:, 2:]).astype(np.int64), low + 1, limit)
    rows = zip(item.tolist(), label.tolist(), low.tolist(), high.tolist(), sure.tolist(), strict=True)
    for at, of, (left, top), (right, bottom), certain in rows:
        boxes[at].append((Box(left, top, right - left, bottom - top, of), certain))
    for at, known in (gold or {}).items():
        boxes[at] = [(box, 1.0) for box in known]
    for row in boxes:
        row.sort(key=lambda one: (one[0].x, one[0].y, one[0].width, one[0].height, one[0].label))
    return Agreed(
        tuple(tuple(box for box, _ in row) for row in boxes), tuple(tuple(s for _, s in row) for row in boxes), hands
    )


def labels_of(drawn: Drawn, weights: Floats) -> Ints:
    """The class with the most weight of each cluster, int64 (clusters,) of (clusters, classes).

    Of those that tie, the one with more boxes in the whole table, then the first.
    """
    common = np.bincount(drawn.label, minlength=drawn.classes)
    order = np.argsort(-common, kind="stable")
    return np.asarray(order[np.argmax(np.round(weights[:, order], 9), axis=1)], dtype=np.int64)


def checked(drawn: Drawn, gold: Known | None) -> dict[int, tuple[Box, ...]]:
    """Gold by item. DataError for an item or a class that there is not, or a box outside of its image."""
    found: dict[int, tuple[Box, ...]] = {}
    for item, boxes in (gold or {}).items():
        if not 0 <= item < drawn.items:
            raise DataError("gold is given for an item that there is not", then="number items from 0")
        width, height = drawn.sizes[item].tolist()
        found[item] = tuple(box.within(width, height) for box in boxes)
        if any(not 0 <= box.label < drawn.classes for box in boxes):
            raise DataError("gold names a class that there is not", then="number classes from 0")
    return found


def f1_of(boxes: Sequence[Sequence[Box]], truth: Known, *, least: float, without: Iterable[int] = ()) -> Fraction:
    """F1 over all boxes of the items whose truth is known, exactly; items `without` (gold, audited) are left out.

    DataError where none is left. 1 where there is no box on either side.
    """
    left = set(truth) - set(without)
    if not left:
        raise DataError("no item is left to measure the boxes on", then="give the truth of more items")
    pairs = sum(len(matched(boxes[item], truth[item], least=least)) for item in left)
    total = sum(len(boxes[item]) + len(truth[item]) for item in left)
    return Fraction(2 * pairs, total) if total else Fraction(1)
