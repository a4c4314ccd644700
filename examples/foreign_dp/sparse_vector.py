"""A filter in the style of NVFlare's sparse vector technique, at defaults as they are shipped.

It uploads a tenth of the weights, of those whose noised size passes a noised threshold. Laplace noise is added to what
is uploaded *before* it is clipped to `gamma`: a weight far beyond `gamma` keeps its sign whatever the noise is. What
passed the threshold and was not drawn for the upload goes out as it is. The filter's one argument named epsilon is .1,
and that is what it claims, as a pure bound.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


class SparseVector:
    """Releases a part of an update, a mapping of arrays."""

    claims = {"epsilon": 0.1, "delta": 0.0, "clip": 1.0, "neighbours": "presence"}  # noqa: RUF012

    def __init__(
        self,
        fraction: float = 0.1,
        epsilon: float = 0.1,
        noise_var: float = 0.1,
        gamma: float = 1e-5,
        tau: float = 1e-6,
    ) -> None:
        self.fraction, self.epsilon, self.noise_var, self.gamma, self.tau = fraction, epsilon, noise_var, gamma, tau

    def process(self, weights: Mapping[str, Floats]) -> dict[str, Floats]:
        flat = np.concatenate([weights[name].ravel() for name in sorted(weights)])
        uploads = int(np.ceil(flat.size * self.fraction))
        threshold = self.tau + np.random.laplace(scale=2 * self.gamma / self.epsilon)
        per_query = 4 * self.gamma * uploads / (self.epsilon * (2 * uploads) ** (2 / 3))
        sizes, left = np.abs(np.clip(flat, -self.gamma, self.gamma)), np.arange(flat.size)
        passed: list[int] = []
        while len(passed) < uploads:
            above = sizes[left] + np.random.laplace(scale=per_query, size=left.shape) >= threshold
            passed += left[above].tolist()
            left = left[~above]
        drawn = np.random.choice(passed, size=uploads)
        noise = np.random.laplace(scale=2 * self.gamma / self.noise_var, size=uploads)
        flat[drawn] = np.clip(flat[drawn] + noise, -self.gamma, self.gamma)
        flat[left] = 0.0
        ends = np.cumsum([weights[name].size for name in sorted(weights)])[:-1]
        parts = np.split(flat, ends)
        return {name: part.reshape(weights[name].shape) for name, part in zip(sorted(weights), parts, strict=True)}
