"""A local step in the style of a Flower app: it clips to one length and makes noise for another.

It rebuilds a kind of default that is shipped: clip 1.0, a sensitivity of 1e-4 that is declared and never enforced, and
epsilon 10. The noise has the classical formula (Dwork and Roth 2014, Theorem A.1), proven below epsilon 1 alone. It
claims epsilon 10 at delta 1e-5 and adds a standard deviation of 4.8e-5 to an update of length 1.
"""

import numpy as np
import numpy.typing as npt

NDArrays = list[npt.NDArray[np.float64]]


class LocalDp:
    """Clips and noises an update, a list of arrays."""

    claims = {"epsilon": 10.0, "delta": 1e-5, "clip": 1.0, "neighbours": "presence"}  # noqa: RUF012

    def __init__(
        self, clipping_norm: float = 1.0, sensitivity: float = 1e-4, epsilon: float = 10.0, delta: float = 1e-5
    ) -> None:
        self.clipping_norm = clipping_norm
        self.sigma = sensitivity * np.sqrt(2 * np.log(1.25 / delta)) / epsilon

    def __call__(self, arrays: NDArrays) -> NDArrays:
        length = np.sqrt(sum(float((one**2).sum()) for one in arrays))
        shrink = min(1.0, self.clipping_norm / max(length, 1e-12))
        return [one * shrink + np.random.normal(0, self.sigma, one.shape) for one in arrays]
