"""Images as numbers that a small model takes."""

import io

import numpy as np

from workloads.labeling.votes.arrays import Floats

SIDE = 16
"""Pixels on a side, whatever the image had."""
INPUTS = SIDE * SIDE


def features(png: bytes) -> Floats:
    """An image as gray, 0 to 1, on 16 x 16 pixels, float64 (256,)."""
    from PIL import Image

    with Image.open(io.BytesIO(png), formats=("PNG",)) as opened:
        small = opened.convert("L").resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    return np.asarray(small, dtype=np.float64).reshape(-1) / 255
