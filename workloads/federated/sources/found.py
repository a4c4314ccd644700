"""What a source gives a training."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np

from privacy.plugin import DataError
from workloads.federated.tasks.task import Task

EVERY = 5
"""Of one's own data each fifth row is kept for measuring."""


@dataclass(frozen=True, repr=False)
class Found:
    """`rows` are each device's (private), `held_out` those that the model is measured on, `public` those that a base
    is trained on.
    """

    task: Task
    rows: tuple[np.ndarray, ...]
    held_out: np.ndarray
    public: np.ndarray | None
    names: tuple[str, ...]
    data_hash: str
    simulated: bool
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        if len(self.rows) < 2:
            raise DataError("one device alone has nobody to hide among", then="give two or more")
        if empty := [name for name, one in zip(self.names, self.rows, strict=True) if not len(one)]:
            raise DataError(f"{empty[0]} has nothing to train on", then="remove it, or give it data")
        if not len(self.held_out):
            raise DataError("there is nothing to measure on", then="give more data")


def digest(*parts: object) -> str:
    """A fingerprint of plain values."""
    return hashlib.sha256(json.dumps(parts, default=str).encode()).hexdigest()
