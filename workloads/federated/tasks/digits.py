"""Which digit an image is: a small convolutional network on images of 8 x 8 pixels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin.running import Ints
from workloads.federated.tasks.task import Task
from workloads.federated.training.shape import Weights
from workloads.federated.training.sizes import DigitsShape, begin_parts

CLASSES = 10


@dataclass(frozen=True)
class Digits(Task):
    """The channels of the first layer; the second has twice as many."""

    kind = "digits"
    unit = "nats a digit"
    noun = "images"
    rate = 0.1
    reads = "the bias of a digit grows only where a device has images of it"
    channels: int

    @property
    def shape(self) -> DigitsShape:
        return DigitsShape(self.channels)

    def begin(self, *, seed: int) -> Weights:
        return begin_parts(self.shape, seed=seed)

    def about(self) -> dict[str, Any]:
        return {"format": "veilbench digits model 1", "channels": self.channels}

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Digits":
        return cls(int(about["channels"]))

    def items(self, rows: Any) -> set[int]:
        return set(np.asarray(rows)[:, -1].astype(int).tolist())

    def read(self, update: Ints) -> set[int] | None:
        """The digits whose biases an update raises (after Zhao et al. 2020, iDLG)."""
        found = set(np.flatnonzero(update[-CLASSES:] > 0).tolist())
        return found if 0 < len(found) < CLASSES else None

    def common(self) -> set[int]:
        return set(range(CLASSES))
