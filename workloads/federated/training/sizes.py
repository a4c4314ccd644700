"""The sizes of the models beside that of words, each a flat vector of named tensors."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from workloads.federated.training.shape import Parts, Sized, Weights


@dataclass(frozen=True)
class DigitsShape(Sized):
    """Two convolutions of 3 x 3, each halved by its largest values, then a layer for ten digits."""

    kind: ClassVar[str] = "digits"
    channels: int

    @property
    def parts(self) -> Parts:
        c = self.channels
        return (
            ("first", (c, 1, 3, 3)), ("first bias", (c,)), ("second", (2 * c, c, 3, 3)), ("second bias", (2 * c,)),
            ("output", (10, 8 * c)), ("bias", (10,)),
        )  # fmt: skip


@dataclass(frozen=True)
class SeriesShape(Sized):
    """One LSTM over single values, and what it foretells of its last state, added to the last value."""

    kind: ClassVar[str] = "series"
    width: int

    @property
    def parts(self) -> Parts:
        h = self.width
        return (
            ("input", (4 * h, 1)), ("hidden", (4 * h, h)), ("gates", (4 * h,)), ("output", (1, h)), ("bias", (1,)),
        )  # fmt: skip


def begin_parts(shape: Any, *, seed: int) -> Weights:
    """Random weights from a seed: uniform by the number of inputs (LeCun), biases zero."""
    rng = np.random.default_rng([seed, 1607])
    made = []
    for _, size in shape.parts:
        scale = math.sqrt(3 / math.prod(size[1:])) if len(size) > 1 else 0.0
        made.append(rng.uniform(-scale, scale, math.prod(size)).astype(np.float32))
    return np.concatenate(made)
