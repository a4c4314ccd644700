"""Where labels go: beside their mark, over no other mark and no other label, with a line to the mark if need be."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privacy.plots.svg import Drawing, width_of

_APART = 6.0
"""Room between two labels in a row: without it they read as one word."""
_RINGS = (11.0, 24.0, 38.0, 54.0, 72.0, 92.0, 114.0)
_ANGLES = (0.0, 180.0, -90.0, 90.0, -45.0, 45.0, -135.0, 135.0, -20.0, 20.0, -160.0, 160.0, -70.0, 70.0, -110.0, 110.0)


@dataclass(frozen=True)
class Box:
    """A rectangle, `top` above `bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: "Box") -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )  # fmt: skip

    def holds(self, other: "Box") -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )


@dataclass(frozen=True)
class Label:
    """A text that belongs to the mark at (x, y)."""

    x: float
    y: float
    text: str


def around(x: float, y: float, *, half: float = 7.0) -> Box:
    """The room that a mark takes."""
    return Box(x - half, y - half, x + half, y + half)


def write(drawing: Drawing, labels: Sequence[Label], *, taken: Iterable[Box], ground: Box, size: float = 11.5) -> None:
    """Write each label at the first free place around its mark; one that finds none is left out, its tip stays."""
    busy = list(taken)
    for label in labels:
        spot = _free(label, busy, ground, size)
        if spot is None:
            continue
        box, anchor, x = spot
        busy.append(Box(box.left - _APART, box.top, box.right + _APART, box.bottom))
        near_x = min(max(label.x, box.left), box.right)
        near_y = min(max(label.y, box.top + 2), box.bottom - 2)
        far = math.hypot(near_x - label.x, near_y - label.y)
        if far > 12:
            start = 7 / far
            x1, y1 = label.x + (near_x - label.x) * start, label.y + (near_y - label.y) * start
            drawing.line(x1, y1, near_x, near_y, width=0.8, kind="leader")
        drawing.text(x, box.bottom - size * 0.28, label.text, size=size, anchor=anchor)


def _free(label: Label, busy: Sequence[Box], ground: Box, size: float) -> tuple[Box, str, float] | None:
    wide, tall = width_of(label.text, size=size), size * 1.15
    for ring in _RINGS:
        for angle in _ANGLES:
            dx, dy = ring * math.cos(math.radians(angle)), ring * math.sin(math.radians(angle))
            anchor = "middle" if abs(dx) < 4 else "start" if dx > 0 else "end"
            x, y = label.x + dx, label.y + dy
            left = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
            box = Box(left, y - tall / 2, left + wide, y + tall / 2)
            if ground.holds(box) and not any(box.meets(other) for other in busy):
                return box, anchor, x
    return None


def stack_up(places: Sequence[float], *, gap: float, low: float, high: float) -> list[float]:
    """Heights as near as can be to `places`, in the same order, at least `gap` apart where they fit at all."""
    order = sorted(range(len(places)), key=places.__getitem__)
    gap = min(gap, (high - low) / max(len(places) - 1, 1))
    out = [0.0] * len(places)
    floor = low
    for rank, i in enumerate(order):
        ceiling = high - gap * (len(order) - 1 - rank)
        out[i] = min(max(places[i], floor), ceiling)
        floor = out[i] + gap
    return out
