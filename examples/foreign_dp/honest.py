"""An honest step: it clips, and adds Gaussian noise of the size that its claim takes.

Noise of half the clip is (10, 1e-5)-DP by the exact curve of the Gaussian mechanism (Balle and Wang 2018), for an
update or zeros in its place. Releases are rounded to a grid of 2^-20, which does not depend on the update: a float that
is the sum of an update and noise would otherwise carry the update in its last bits (Mironov 2012).
"""

import numpy as np
import numpy.typing as npt

CLIP, SIGMA, GRID = 1.0, 0.5, 2.0**20
_random = np.random.default_rng()


def step(update: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Clips and noises one update (d,), or many (n, d), each by itself."""
    lengths = np.linalg.norm(update, axis=-1, keepdims=True)
    clipped = update * np.minimum(1.0, CLIP / np.maximum(lengths, 1e-12))
    noised = clipped + _random.normal(0.0, SIGMA, update.shape)
    return np.asarray(np.rint(noised * GRID) / GRID)


step.claims = {"epsilon": 10.0, "delta": 1e-5, "clip": CLIP, "neighbours": "presence"}  # type: ignore[attr-defined]
step.batch = True  # type: ignore[attr-defined]
