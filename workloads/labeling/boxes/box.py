"""A box, and how much two overlap: whole pixels, and fractions that are never rounded."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from privacy.plugin import DataError


@dataclass(frozen=True)
class Box:
    """A box on an image, in whole pixels, and its class: from (x, y), `width` by `height`."""

    x: int
    y: int
    width: int
    height: int
    label: int = 0

    def __post_init__(self) -> None:
        if self.width < 1 or self.height < 1:
            raise DataError("a box has no area, or its corners are swapped", then="draw it from corner to corner")
        if self.x < 0 or self.y < 0:
            raise DataError("a box begins outside of its image", then="draw it inside")

    def within(self, width: int, height: int) -> "Box":
        """The box, of an image of that size. DataError where it is not inside."""
        if self.x + self.width > width or self.y + self.height > height:
            raise DataError(f"a box ends outside of its image of {width} x {height} pixels", then="draw it inside")
        return self


def boxes_of(value: Any, *, classes: int) -> list[Box]:
    """Boxes from what JSON has; DataError for what is none, or names an unknown class."""
    if not isinstance(value, list):
        raise DataError("boxes are a list", then="send [] for none")
    found = []
    for one in value:
        try:
            numbers = [int(one[name]) for name in ("x", "y", "width", "height", "label")]
            whole = all(n == one[name] for n, name in zip(numbers, ("x", "y", "width", "height", "label"), strict=True))
        except (TypeError, KeyError, ValueError):
            whole = False
        if not whole:
            raise DataError("a box is x, y, width, height and label, in whole numbers", then="send all five")
        box = Box(*numbers)
        if not 0 <= box.label < classes:
            raise DataError(f"there is no class {box.label}", then=f"choose 0 to {classes - 1}")
        found.append(box)
    return found


def iou(a: Box, b: Box) -> Fraction:
    """Intersection over union, exactly: 1 for the same box, 0 where they do not overlap."""
    wide = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    high = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    both = max(0, wide) * max(0, high)
    return Fraction(both, a.width * a.height + b.width * b.height - both)


def matched(given: Sequence[Box], known: Sequence[Box], *, least: float) -> list[tuple[int, int]]:
    """Pairs of places of boxes of one class that overlap by `least` or more, each box in one pair at most.

    The pair that overlaps most is made first, as COCO's evaluation does with boxes in order of confidence.
    """
    bound = Fraction(least).limit_denominator(10**6)
    found = [
        (overlap, i, j)
        for i, a in enumerate(given)
        for j, b in enumerate(known)
        if a.label == b.label and (overlap := iou(a, b)) >= bound
    ]
    pairs, left, right = [], set[int](), set[int]()
    for _, i, j in sorted(found, key=lambda p: (-p[0], p[1], p[2])):
        if i not in left and j not in right:
            pairs.append((i, j))
            left.add(i)
            right.add(j)
    return pairs


def f1(given: Sequence[Box], known: Sequence[Box], *, least: float) -> Fraction:
    """The harmonic mean of precision and recall at an overlap of `least`; 1 where there is no box on either side."""
    if not given and not known:
        return Fraction(1)
    return Fraction(2 * len(matched(given, known, least=least)), len(given) + len(known))
