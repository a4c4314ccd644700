"""Boxes of a crowd as arrays: who drew what on which item, and who looked at it and drew nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.boxes.box import Box
from workloads.labeling.votes.arrays import Bools, Ints

Drawing = tuple[int, int, Sequence[Box]]
"""An item, a worker, and the boxes that the worker drew on it: none is an answer too."""
Known = Mapping[int, Sequence[Box]]
"""The true boxes of some items, by item."""


@dataclass(frozen=True, eq=False, repr=False)
class Drawn:
    """One row a box, in order of item and worker: `item`, `worker` and `label` are int64 (n,), places from 0.

    `place` is int64 (n, 4): x, y, width, height in pixels. `seen` is int64 (m, 2): the item and the worker of each
    look, one of each pair. `sizes` is int64 (items, 2): width and height of each image. DataError where a box has no
    area or is not inside of its image, or where who drew it did not look.
    """

    item: Ints
    worker: Ints
    label: Ints
    place: Ints
    seen: Ints
    sizes: Ints
    workers: int
    classes: int
    item_names: tuple[str, ...] = ()
    worker_names: tuple[str, ...] = ()
    class_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shapes = {"item": (-1,), "worker": (-1,), "label": (-1,), "place": (-1, 4), "seen": (-1, 2), "sizes": (-1, 2)}
        for name, shape in shapes.items():
            object.__setattr__(self, name, np.asarray(getattr(self, name), dtype=np.int64).reshape(shape))
        if len({len(c) for c in (self.item, self.worker, self.label, self.place)}) > 1:
            raise DataError("the columns of boxes differ in length", then="give one entry a box")
        _within(self.item, self.items, "item")
        _within(self.worker, self.workers, "worker")
        _within(self.label, self.classes, "class")
        _within(self.seen[:, 0], self.items, "item")
        _within(self.seen[:, 1], self.workers, "worker")
        order = np.lexsort((self.label, *self.place.T[::-1], self.worker, self.item))
        # One order of rows, so that no result depends on how they came.
        for name in ("item", "worker", "label", "place"):
            object.__setattr__(self, name, getattr(self, name)[order])
        self._inside()
        looks = self.seen[:, 0] * max(self.workers, 1) + self.seen[:, 1]
        if len(np.unique(looks)) < len(looks):
            raise DataError("a worker looked twice at one item", then="keep one drawing of each on an item")
        if not np.isin(self.item * max(self.workers, 1) + self.worker, looks).all():
            raise DataError("a box is of a worker who did not look at its item", then="say who saw which item")

    def _inside(self) -> None:
        wrong = (self.place[:, 2:] < 1).any(axis=1)
        if wrong.any():
            where = f"item {self.name_of_item(int(self.item[wrong][0]))}"
            raise DataError("a box has no area, or its corners are swapped", where=where, then="draw it again")
        outside = (self.place[:, :2] < 0).any(axis=1) | (self.corners[:, 2:] > self.sizes[self.item]).any(axis=1)
        if outside.any():
            where = f"item {self.name_of_item(int(self.item[outside][0]))}"
            raise DataError("a box is not inside of its image", where=where, then="draw it inside")

    @classmethod
    def of(cls, drawings: Iterable[Drawing], *, sizes: Any, workers: int, classes: int, **names: Any) -> "Drawn":
        """Boxes from what each worker drew on each item; `sizes` is width and height of each image."""
        given = list(drawings)
        rows = [(item, worker, b.label, b.x, b.y, b.width, b.height) for item, worker, boxes in given for b in boxes]
        table = np.array(rows, dtype=np.int64).reshape(-1, 7)
        seen = np.array([(item, worker) for item, worker, _ in given], dtype=np.int64).reshape(-1, 2)
        return cls(table[:, 0], table[:, 1], table[:, 2], table[:, 3:], seen, sizes, workers, classes, **names)

    def __len__(self) -> int:
        return len(self.item)

    def __repr__(self) -> str:
        return f"<{len(self):,} boxes of {self.workers:,} workers on {self.items:,} items, {self.classes} classes>"

    @property
    def items(self) -> int:
        """How many items there are, drawn on or not."""
        return len(self.sizes)

    @cached_property
    def corners(self) -> Ints:
        """Left, top, right and bottom of each box, int64 (n, 4); corners are between pixels."""
        return np.concatenate((self.place[:, :2], self.place[:, :2] + self.place[:, 2:]), axis=1)

    @cached_property
    def looks(self) -> Ints:
        """How many workers looked at each item, int64 (items,)."""
        return np.bincount(self.seen[:, 0], minlength=self.items)

    @cached_property
    def ends(self) -> Ints:
        """Where the boxes of each item begin and the last end, int64 (items + 1,): rows are in order of items."""
        return np.searchsorted(self.item, np.arange(self.items + 1))

    def drawings(self) -> list[Drawing]:
        """What each worker drew on each item that it looked at, in order of both."""
        made: dict[tuple[int, int], list[Box]] = {(i, w): [] for i, w in sorted(map(tuple, self.seen.tolist()))}
        rows = zip(self.item.tolist(), self.worker.tolist(), self.label.tolist(), self.place.tolist(), strict=True)
        for item, worker, label, (x, y, width, height) in rows:
            made[item, worker].append(Box(x, y, width, height, label))
        return [(item, worker, boxes) for (item, worker), boxes in made.items()]

    def without(self, items: Iterable[int]) -> "Drawn":
        """The same without what was drawn on some items; counts and names stay."""
        left = np.array(sorted(items), dtype=np.int64)
        keep: Bools = ~np.isin(self.item, left)
        return replace(
            self, item=self.item[keep], worker=self.worker[keep], label=self.label[keep], place=self.place[keep],
            seen=self.seen[~np.isin(self.seen[:, 0], left)],
        )  # fmt: skip

    def name_of_item(self, place: int) -> str:
        """The name of an item, or its number."""
        return self.item_names[place] if self.item_names else str(place)

    def name_of_worker(self, place: int) -> str:
        """The name of a worker, or the number."""
        return self.worker_names[place] if self.worker_names else str(place)

    def name_of_class(self, place: int) -> str:
        """The name of a class, or its number."""
        return self.class_names[place] if self.class_names else str(place)


def _within(column: Ints, count: int, name: str) -> None:
    if len(column) and (column.min() < 0 or column.max() >= count):
        raise DataError(f"a box names a {name} that there is not: there are {count:,}", then="number them from 0")
