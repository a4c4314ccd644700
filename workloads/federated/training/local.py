"""Training on one device's rows: what a worker of the engine runs, and a device elsewhere."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from workloads.federated.training.kinds import module_of
from workloads.federated.training.shape import Weights


def settle() -> None:
    """Make torch of this process repeatable, on one thread."""
    import torch

    torch.set_num_threads(1)
    # The same as use_deterministic_algorithms(True), which first imports a compiler for longer than all the rest takes.
    torch.set_deterministic_debug_mode("error")
    # Nothing reads what it has not written.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]


def trained(shape: Any, weights: Weights, rows: np.ndarray, training: Mapping[str, Any]) -> tuple[np.ndarray, float]:
    """The update of a device, float32 (length,), and its mean loss. `training` are the fields of a `Training`."""
    how = dict(training)
    noise, clip = how.pop("noise"), how.pop("clip")
    if noise > 0:
        from workloads.federated.training import examples  # Opacus takes seconds, and few want it

        made, loss = examples.train_client(shape, weights, rows.copy(), noise=noise, clip=clip, **how)
    else:
        made, loss = module_of(shape).train_client(shape, weights, rows.copy(), **how)
    return made, float(loss)
