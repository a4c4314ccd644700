"""Opacus' own optimizer, as the step of a training that clips and adds noise."""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from opacus.optimizers import DPOptimizer
from torch import nn


class Step:
    """One step of `DPOptimizer`: the gradient of one example is the update, and the sum is released."""

    def __init__(self, noise_multiplier: float = 0.5, clip: float = 1.0) -> None:
        # Noise of half the clip: (10, 1e-5)-DP by the exact curve of the Gaussian mechanism.
        self.claims = {"epsilon": 10.0, "delta": 1e-5, "clip": clip, "neighbours": "presence"}
        self.how: dict[str, Any] = {
            "noise_multiplier": noise_multiplier, "max_grad_norm": clip, "expected_batch_size": 1,
        }  # fmt: skip

    def __call__(self, update: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        weights = nn.Parameter(torch.zeros(len(update), dtype=torch.float64))
        weights.grad_sample = torch.from_numpy(update.copy())[None]
        optimizer = DPOptimizer(torch.optim.SGD([weights], lr=1.0), **self.how)
        optimizer.step()
        return -weights.detach().numpy()  # a step of rate 1 from zeros
