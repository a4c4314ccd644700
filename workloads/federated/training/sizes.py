"""The sizes of the models beside that of words, each a flat vector of named tensors."""

import math
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from workloads.federated.training.shape import Weights

Parts = tuple[tuple[str, tuple[int, ...]], ...]


class Sized:
    """Tensors end to end in one flat vector."""

    @property
    def parts(self) -> Parts:
        """The tensors by name, in the order of the flat vector."""
        raise NotImplementedError

    @property
    def length(self) -> int:
        """How many weights there are."""
        return sum(math.prod(size) for _, size in self.parts)

    def split(self, weights: Weights) -> dict[str, Weights]:
        """The tensors of a flat vector, which share its memory."""
        found, at = {}, 0
        for name, size in self.parts:
            found[name] = weights[at : at + math.prod(size)].reshape(size)
            at += math.prod(size)
        return found


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
