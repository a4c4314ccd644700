"""Edges of boxes as files have them, to whole pixels inside of an image."""

import math
from collections.abc import Sequence

from privacy.plugin import DataError
from workloads.labeling.boxes.box import Box

_SLACK = 1.0
"""Pixels by which tools that round let a box lie outside of its image."""


def whole(edges: Sequence[float], label: int, *, size: tuple[int, int], where: str) -> Box:
    """The box of x, y, width and height, real numbers, in the nearest whole pixels: at least one wide and high.

    DataError where it has no area, is inverted, or lies outside of its image by more than a pixel.
    """
    x, y, width, height = edges
    if not all(math.isfinite(v) for v in edges):
        raise DataError("a box is not of finite numbers", where=where, then="export it again")
    if width <= 0 or height <= 0:
        what = "a box has no area, or its corners are swapped"
        raise DataError(what, where=where, then="give x and y of its upper left corner, width and height")
    if x < -_SLACK or y < -_SLACK or x + width > size[0] + _SLACK or y + height > size[1] + _SLACK:
        what = f"a box is not inside of its image of {size[0]} x {size[1]} pixels"
        raise DataError(what, where=where, then="check that it is of this image, and in pixels")
    left, right = _edge(x, x + width, size[0])
    top, bottom = _edge(y, y + height, size[1])
    return Box(left, top, right - left, bottom - top, label)


def _edge(low: float, high: float, limit: int) -> tuple[int, int]:
    start = min(max(round(low), 0), limit - 1)
    return start, min(max(round(high), start + 1), limit)


def numbers(values: object, count: Sequence[int]) -> list[float] | None:
    """The values as floats where they are a list of so many numbers, else None."""
    if not isinstance(values, list) or len(values) not in count:
        return None
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        return None
    try:
        return [float(v) for v in values]
    except OverflowError:
        return None
