"""What a data set covers: how many images and labels each self-declared group has, and how sure its labels are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

FEWEST = 10
"""Images of a group below which its figures say little, and may point at a person."""
NONE = "not declared"


@dataclass(frozen=True)
class Group:
    """One group: its images, the mean certainty of their labels, the share of each class, and whether it is small.

    `apart` is the total variation distance of its classes from those of all images: 0 where it is alike. Of a small
    group the figures are left out: None.
    """

    name: str
    images: int
    sure: float | None
    classes: tuple[float, ...]
    apart: float | None
    small: bool


def coverage(
    groups: Mapping[str, str],
    images: Sequence[str],
    labels: Sequence[Sequence[int]],
    sure: Sequence[float],
    *,
    classes: int,
) -> list[Group]:
    """A row for each group of these images, the largest first; `groups` maps an image to what its owner declared.

    `labels` are those of each image: one, none, or that of each box; `sure` is how sure they are.
    """
    names = [groups.get(image) or NONE for image in images]
    whole = _shares(labels, classes)
    found = []
    for name in dict.fromkeys(names):
        places = np.array([i for i, one in enumerate(names) if one == name])
        small = len(places) < FEWEST
        own = _shares([labels[place] for place in places], classes)
        found.append(
            Group(
                name, len(places), None if small else float(np.asarray(sure)[places].mean()),
                () if small else tuple(float(s) for s in own),
                None if small else float(np.abs(own - whole).sum() / 2), small,
            )
        )  # fmt: skip
    return sorted(found, key=lambda group: (-group.images, group.name))


def _shares(labels: Sequence[Sequence[int]], classes: int) -> np.ndarray:
    each = np.array([label for some in labels for label in some], dtype=np.int64)
    counts = np.bincount(each, minlength=classes).astype(np.float64)
    return np.asarray(counts / max(counts.sum(), 1))
