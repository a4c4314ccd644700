"""Example-level differential privacy: DP-SGD on each device (Abadi et al. 2016), by Opacus' ghost clipping.

Every step takes each sentence of the device with the same chance, clips what each says of the weights to `clip`, and
adds Gaussian noise of `noise` times that, which the operating system's randomness draws: an AES stream under a fresh
key. So one sentence, whoever reads the update, is protected; what a whole device has, as such, is not.
"""

import math
import secrets
import warnings
from typing import Any

import numpy as np
import torch
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from torch import nn

from workloads.federated.text.vocabulary import PAD
from workloads.federated.training.shape import Shape, Weights

_NOT = -100
"""A target that counts for nothing."""


class _Net(nn.Module):
    """The model of words in Opacus' own layers, which have the norms of single sentences."""

    def __init__(self, shape: Shape) -> None:
        from opacus.layers import DPLSTM

        super().__init__()
        self.words = nn.Embedding(shape.words, shape.embedding)
        self.lstm = DPLSTM(shape.embedding, shape.width, batch_first=True)
        self.out = nn.Linear(shape.width, shape.words)
        # The model has one bias for each gate: a second, trained beside it, would count twice.
        self.lstm.l0.hh.bias.requires_grad_(False).zero_()

    def forward(self, ids: Any) -> Any:
        return self.out(self.lstm(self.words(ids))[0])

    @property
    def parts(self) -> list[Any]:
        """The tensors in the order of the flat vector."""
        cell = self.lstm.l0
        return [
            self.words.weight, cell.ih.weight, cell.hh.weight, cell.ih.bias, self.out.weight, self.out.bias,
        ]  # fmt: skip


def train_client(
    shape: Shape, weights: Weights, rows: np.ndarray, *, epochs: int, batch: int, rate: float, noise: float, clip: float
) -> tuple[Weights, float]:
    """Runs on a device: train on its sentences, int64 (n, LENGTH + 2), with noise.

    Returns the update, float32 (length,), and the mean loss of the last epoch, which stays on the device.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Opacus on its own secure mode, and on hooks of torch
        return _trained(shape, weights, rows, epochs=epochs, batch=batch, rate=rate, noise=noise, clip=clip)


def _trained(
    shape: Shape, weights: Weights, rows: np.ndarray, *, epochs: int, batch: int, rate: float, noise: float, clip: float
) -> tuple[Weights, float]:
    from opacus.grad_sample import GradSampleModuleFastGradientClipping
    from opacus.optimizers import DPOptimizerFastGradientClipping
    from opacus.utils.fast_gradient_clipping_utils import DPLossFastGradientClipping

    net = _Net(shape)
    with torch.no_grad():
        for part, value in zip(net.parts, shape.split(weights.copy()).values(), strict=True):
            part.copy_(torch.from_numpy(value))
    module = GradSampleModuleFastGradientClipping(net, max_grad_norm=clip, use_ghost_clipping=True)
    inner = torch.optim.SGD([p for p in module.parameters() if p.requires_grad], lr=rate)

    class Optimizer(DPOptimizerFastGradientClipping):  # type: ignore[misc]
        def add_noise(self) -> None:
            for p in self.params:
                p.grad = p.summed_grad + _gaussian(p.shape, deviation=noise * clip)

    expected = min(batch, len(rows))
    how: dict[str, Any] = {"noise_multiplier": noise, "max_grad_norm": clip, "expected_batch_size": expected}
    optimizer = Optimizer(inner, **how)
    loss_of = DPLossFastGradientClipping(module, optimizer, nn.CrossEntropyLoss(ignore_index=_NOT))
    losses: list[float] = []
    for _ in range(epochs):
        losses = []
        for _ in range(steps_of(len(rows), batch=batch)):
            taken = torch.from_numpy(rows[_sampled(len(rows), share=expected / len(rows))])
            optimizer.zero_grad()
            if len(taken):
                ids = taken[:, :-1].contiguous()
                wanted = torch.where(ids == PAD, torch.tensor(_NOT), taken[:, 1:])
                scores = module(ids)
                loss = loss_of(scores.flatten(0, 1), wanted.flatten(), shape=scores.shape)
                loss.backward()
                losses.append(float(loss.item()))
            else:  # that nobody was drawn is hidden as everything else is
                for p in optimizer.params:
                    p.grad = torch.zeros_like(p)
            optimizer.step()
    flat = torch.cat([part.detach().reshape(-1) for part in net.parts]).numpy()
    return flat - weights, float(np.mean(losses)) if losses else math.nan


def steps_of(count: int, *, batch: int) -> int:
    """Steps of one epoch over so many sentences."""
    return math.ceil(count / batch)


def _sampled(count: int, *, share: float) -> list[int]:
    """Which sentences are in a step: each alone, with this chance (Poisson sampling), by the system's randomness."""
    most = round(share * 2**53)
    return [at for at in range(count) if secrets.randbits(53) < most]


def _gaussian(shape: Any, *, deviation: float) -> Any:
    """Gaussian noise of the system's randomness: the mean of four Box-Muller draws, over two.

    The sum of several draws hides the low bits of each (Holohan and Braghin 2021, as Opacus has it).
    """
    count = math.prod(shape)
    half = (count + 1) // 2
    stream = Cipher(algorithms.AES(secrets.token_bytes(32)), modes.CTR(secrets.token_bytes(16))).encryptor()
    words = np.frombuffer(stream.update(bytes(4 * 2 * half * 8)), dtype=np.uint64).reshape(4, 2, half)
    uniform = ((words >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    radius, angle = np.sqrt(-2 * np.log(uniform[:, 0])), 2 * np.pi * uniform[:, 1]
    pairs = np.concatenate([radius * np.cos(angle), radius * np.sin(angle)], axis=1)[:, :count]
    found = pairs.sum(axis=0) / 2 * deviation
    return torch.from_numpy(found.astype(np.float32)).reshape(shape)
