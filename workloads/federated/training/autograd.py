"""Training by PyTorch's own gradients, for the models that are small: digits and series."""

from typing import Any

import numpy as np
import torch
from torch.nn import functional

from workloads.federated.training.shape import Weights


class Model:
    """The tensors of a flat vector, which they share memory with."""

    def __init__(self, shape: Any, weights: Weights) -> None:
        self.shape, self.flat = shape, torch.from_numpy(weights)
        self.tensors: dict[str, Any] = {name: torch.from_numpy(part) for name, part in shape.split(weights).items()}

    def loss(self, rows: Any) -> tuple[float, float, int]:
        """Summed loss, right guesses, and how many were guessed."""
        with torch.no_grad():
            total, right = _KINDS[self.shape.kind](self.tensors, rows)
            return float(total), float(right), len(rows)


def train_client(
    shape: Any, weights: Weights, rows: np.ndarray, *, epochs: int, batch: int, rate: float
) -> tuple[Weights, float]:
    """Runs on a device: train on its rows, float32 (n, columns), in their order.

    Returns the update, float32 (length,), and the mean loss of the last epoch. It is pure.
    """
    model, data = Model(shape, weights.copy()), torch.from_numpy(rows)
    names, losses = list(model.tensors), list[float]()
    for _ in range(epochs):
        losses = []
        for at in range(0, len(data), batch):
            part = data[at : at + batch]
            inner = [model.tensors[name].detach().requires_grad_() for name in names]
            total, _ = _KINDS[shape.kind](dict(zip(names, inner, strict=True)), part)
            mean = total / len(part)
            with torch.no_grad():
                for name, gradient in zip(names, torch.autograd.grad(mean, inner), strict=True):
                    model.tensors[name].add_(gradient, alpha=-rate)
            losses.append(float(mean.detach()))
    return model.flat.numpy() - weights, float(np.mean(losses))


def _digits(t: dict[str, Any], rows: Any) -> tuple[Any, Any]:
    """Cross-entropy of images (n, 64) with their digit in the last column, and how many are right."""
    images, wanted = rows[:, :-1].reshape(-1, 1, 8, 8), rows[:, -1].long()
    first = functional.max_pool2d(torch.relu(functional.conv2d(images, t["first"], t["first bias"], padding=1)), 2)
    second = functional.max_pool2d(torch.relu(functional.conv2d(first, t["second"], t["second bias"], padding=1)), 2)
    scores = second.flatten(1) @ t["output"].t() + t["bias"]
    return functional.cross_entropy(scores, wanted, reduction="sum"), (scores.argmax(1) == wanted).sum()


def _series(t: dict[str, Any], rows: Any) -> tuple[Any, Any]:
    """Squared error of the last value of each row, and how many are nearer than the value before it."""
    before, wanted = rows[:, :-1], rows[:, -1]
    batch, width = len(rows), t["hidden"].shape[1]
    start = torch.zeros(1, batch, width)
    weights = [t["input"], t["hidden"], t["gates"], torch.zeros_like(t["gates"])]
    states = torch.lstm(before[..., None].contiguous(), (start, start), weights, True, 1, 0.0, True, False, True)[0]
    guess = before[:, -1] + (states[:, -1] @ t["output"].t() + t["bias"])[:, 0]
    apart = (guess - wanted).square()
    return apart.sum(), (apart < (before[:, -1] - wanted).square()).sum()


_KINDS = {"digits": _digits, "series": _series}
