"""How one simulated labeler draws: where it looks, how well, and what it lies about."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from workloads.labeling.boxes.box import Box
from workloads.labeling.crowds.plan import COLLUDERS, GOLD_AWARE, HONEST, LAZY, SLOPPY, SPAMMERS, TARGETED
from workloads.labeling.votes.arrays import Floats

PADDING = "padding"
BOX_WORDS = {
    HONEST: "draw as well as they can",
    SLOPPY: "miss things, and draw roughly",
    SPAMMERS: "draw boxes by chance",
    LAZY: "always draw one box in the centre",
    COLLUDERS: "draw the same agreed wrong boxes",
    GOLD_AWARE: "draw well on gold, and elsewhere the same agreed wrong boxes",
    TARGETED: "draw well, and the same wrong boxes on some images alone",
    PADDING: "draw well, but every box too large",
}
"""What each kind does, for a page."""
_COPIED = 0.004
"""How far apart, in image sizes, the boxes of a ring lie: as if traced."""
_SMALL, _LARGE = 0.1, 0.5
_FAR = 0.15
"""How far out each edge of a padded box lies, in box sizes."""


@dataclass(frozen=True)
class Skills:
    """What honest labelers' hands are drawn from.

    `spread` and `unlike` of edges in box sizes (log-normal), `miss` and `right` Betas of missed things and right
    classes, `alarms` the mean of false alarms on an image, `pad` the standard deviation of padding.
    """

    spread: float = 0.06
    unlike: float = 0.4
    miss: tuple[float, float] = (1.5, 12.0)
    right: tuple[float, float] = (9.0, 1.5)
    alarms: float = 0.08
    pad: float = 0.05


@dataclass(frozen=True)
class Hand:
    """One labeler: its kind, and how it draws where it is honest."""

    kind: str
    spread: float
    miss: float
    right: float
    alarms: float
    padding: float

    @classmethod
    def of(cls, kind: str, skills: Skills, rng: np.random.Generator) -> "Hand":
        """A labeler of a kind, drawn."""
        spread = float(np.exp(rng.normal(np.log(skills.spread), skills.unlike)))
        miss, right = float(rng.beta(*skills.miss)), float(rng.beta(*skills.right))
        alarms, padding = float(rng.gamma(1.0, skills.alarms)), float(rng.normal(0, skills.pad))
        if kind == SLOPPY:
            spread, miss, right, alarms = 0.18, 0.3, 0.65, 0.4
        return cls(kind, spread, miss, right, alarms, _FAR if kind == PADDING else padding)

    def draw(
        self,
        true: Sequence[Box],
        lies: Sequence[Box],
        *,
        size: tuple[int, int],
        classes: int,
        opened: bool,
        target: bool,
        rng: np.random.Generator,
    ) -> list[Box]:
        """What the labeler draws on an image of that size; a ring has agreed on `lies`.

        `opened` is gold on which the labeler knows that it is tested, `target` an image that a targeted ring is after.
        """
        if self.kind == SPAMMERS:
            return by_chance(1 + int(rng.poisson(1.0)), size=size, classes=classes, most=_LARGE, rng=rng)
        if self.kind == LAZY:
            middle = np.array([0.25, 0.25, 0.75, 0.75]) + rng.normal(0, 0.01, 4)
            return [box_at(middle * np.tile(size, 2), 0, size=size)]
        ring = (self.kind in (COLLUDERS, GOLD_AWARE) and not opened) or (self.kind == TARGETED and target)
        if ring:
            shaken = [corners(b) + rng.normal(0, _COPIED, 4) * np.tile(size, 2) for b in lies]
            return [box_at(c, b.label, size=size) for c, b in zip(shaken, lies, strict=True)]
        return self._honest(true, size=size, classes=classes, rng=rng)

    def _honest(
        self, true: Sequence[Box], *, size: tuple[int, int], classes: int, rng: np.random.Generator
    ) -> list[Box]:
        out = np.array([-1, -1, 1, 1]) * self.padding
        made = []
        for box in true:
            if rng.random() < self.miss:
                continue
            edges = corners(box) + np.tile((box.width, box.height), 2) * (out + rng.normal(0, self.spread, 4))
            label = box.label if rng.random() < self.right else int(rng.integers(classes))
            made.append(box_at(edges, label, size=size))
        return made + by_chance(int(rng.poisson(self.alarms)), size=size, classes=classes, most=0.3, rng=rng)


def corners(box: Box) -> Floats:
    """Left, top, right and bottom, float64 (4,)."""
    return np.array([box.x, box.y, box.x + box.width, box.y + box.height], dtype=np.float64)


def box_at(edges: Floats, label: int, *, size: tuple[int, int]) -> Box:
    """The box of whole pixels nearest to some edges, inside of the image, its corners in order."""
    left, right = sorted((edges[0], edges[2]))
    top, bottom = sorted((edges[1], edges[3]))
    x, y = (int(np.clip(round(v), 0, limit - 1)) for v, limit in ((left, size[0]), (top, size[1])))
    wide, high = (
        int(np.clip(round(v), at + 1, limit)) - at for v, at, limit in ((right, x, size[0]), (bottom, y, size[1]))
    )
    return Box(x, y, wide, high, label)


def by_chance(count: int, *, size: tuple[int, int], classes: int, most: float, rng: np.random.Generator) -> list[Box]:
    """So many boxes anywhere, of any class, from a tenth of the image's size to `most` of it."""
    shape = rng.uniform(_SMALL, most, (count, 2))
    start = rng.uniform(0, 1, (count, 2)) * (1 - shape)
    edges = np.concatenate((start, start + shape), axis=1) * np.tile(size, 2)
    return [box_at(e, int(label), size=size) for e, label in zip(edges, rng.integers(0, classes, count), strict=True)]


def lies_about(true: Sequence[Box], *, size: tuple[int, int], classes: int, rng: np.random.Generator) -> list[Box]:
    """Wrong boxes that a ring agrees on: as many as there are things, elsewhere, of another class."""
    made = by_chance(max(1, len(true)), size=size, classes=1, most=0.4, rng=rng)
    shift = rng.integers(1, classes, len(made)) if classes > 1 else np.zeros(len(made), dtype=np.int64)
    labels = [box.label for box in true] or [0]
    return [
        Box(b.x, b.y, b.width, b.height, int((of + by) % classes))
        for b, of, by in zip(made, labels, shift, strict=True)
    ]  # fmt: skip
