"""Made-up scans: grey images with spots whose boxes are known, in two domains and three degrees of difficulty.

They look like medical images and show nobody. A number draws each: the same number is the same image.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from workloads.labeling.boxes.box import Box
from workloads.labeling.rounds.terms import BOXES, Domain

WIDTH, HEIGHT = 240, 200
SCANS = Domain("scans", "Scans", BOXES, ("lesion",), threshold=0.7, iou=0.4)
SMEARS = Domain("smears", "Smears", BOXES, ("cell", "cluster"), threshold=0.7, iou=0.4)
DOMAINS = {domain.id: domain for domain in (SCANS, SMEARS)}
CONTRASTS = (0.5, 0.33, 0.22)
"""How much brighter a spot is than its ground, from easy to hard: number modulo three."""
MOST = 100_000
_APART = 10


@dataclass(frozen=True, eq=False)
class Scan:
    """An image, uint8 (HEIGHT, WIDTH), and the boxes of its spots."""

    pixels: npt.NDArray[np.uint8]
    boxes: tuple[Box, ...]


@lru_cache(maxsize=512)
def scan(domain: str, number: int) -> Scan:
    """The image of a number: one to four spots that do not touch."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng([sorted(DOMAINS).index(domain), number])
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    body = ((rows - HEIGHT / 2) / (0.46 * HEIGHT)) ** 2 + ((columns - WIDTH / 2) / (0.44 * WIDTH)) ** 2
    inside = 1 / (1 + np.exp(12 * (body - 1)))
    cloud = gaussian_filter(rng.standard_normal((HEIGHT, WIDTH)), 14) * 6 if domain == SCANS.id else 0.0
    picture = inside * (0.32 + 0.06 * cloud) if domain == SCANS.id else 0.55 + 0.0 * inside
    boxes: list[Box] = []
    wanted = int(rng.integers(1, 5))
    for _ in range(40):
        if len(boxes) == wanted:
            break
        label = int(rng.integers(len(DOMAINS[domain].classes)))
        size = (8, 22) if label == 0 else (16, 30)
        radius = rng.uniform(*size, 2)
        centre = rng.uniform([radius[1] + 20, radius[0] + 20], [HEIGHT - radius[1] - 20, WIDTH - radius[0] - 20])
        turn = rng.uniform(0, np.pi)
        across, down = columns - centre[1], rows - centre[0]
        first = (across * np.cos(turn) + down * np.sin(turn)) / radius[0]
        second = (-across * np.sin(turn) + down * np.cos(turn)) / radius[1]
        spot = 1 / (1 + np.exp(9 * (np.hypot(first, second) - 1)))
        box = _around(spot > 0.5, label)
        if any(_near(box, other) for other in boxes):
            continue
        boxes.append(box)
        contrast = CONTRASTS[number % len(CONTRASTS)]
        shade = contrast if domain == SCANS.id else -contrast
        texture = 1 if label == 0 else 0.7 + 0.3 * np.sign(gaussian_filter(rng.standard_normal(spot.shape), 2))
        picture = picture + shade * spot * texture
    picture = picture + 0.035 * rng.standard_normal(picture.shape)
    return Scan(np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8), tuple(boxes))


def _around(mask: npt.NDArray[np.bool_], label: int) -> Box:
    """The smallest box around a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    left, top = int(columns[0]), int(rows[0])
    return Box(left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1, label)


def _near(a: Box, b: Box) -> bool:
    """Whether two boxes touch, or nearly do."""
    across = max(a.x, b.x) - min(a.x + a.width, b.x + b.width)
    down = max(a.y, b.y) - min(a.y + a.height, b.y + b.height)
    return max(across, down) < _APART
