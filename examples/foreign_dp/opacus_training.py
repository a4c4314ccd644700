"""The configuration of a training as Opacus' own engine makes it of an epsilon that is asked for."""

import warnings

import torch
from opacus import PrivacyEngine
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

DELTA = 1e-5


def configuration(epsilon: float, *, epochs: int = 10, examples: int = 5_000, batch: int = 32) -> dict[str, float]:
    """What `PrivacyEngine` makes of an epsilon: its noise multiplier, which its own accountant finds."""
    warnings.simplefilter("ignore")  # on its secure mode, which this does without: nothing is drawn
    model, data = nn.Linear(4, 2), TensorDataset(torch.zeros(examples, 4))
    _, optimizer, loader = PrivacyEngine().make_private_with_epsilon(
        module=model, optimizer=torch.optim.SGD(model.parameters(), lr=0.1),
        data_loader=DataLoader(data, batch_size=batch), target_epsilon=epsilon, target_delta=DELTA, epochs=epochs,
        max_grad_norm=1.0,
    )  # fmt: skip
    return {
        "epsilon": epsilon, "delta": DELTA, "noise_multiplier": float(optimizer.noise_multiplier),
        "max_grad_norm": float(optimizer.max_grad_norm), "sample_rate": 1 / len(loader), "epochs": epochs,
    }  # fmt: skip


CONFIGURATION = configuration(8.0)
