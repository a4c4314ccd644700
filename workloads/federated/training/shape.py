"""The sizes of a model, and its weights as one flat vector."""

import math
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt

Weights = npt.NDArray[np.float32]
Parts = tuple[tuple[str, tuple[int, ...]], ...]
"""The names and sizes of tensors."""


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
class Shape(Sized):
    """The sizes of a next-word model. `words` is those that it knows, `width` the units of its LSTM."""

    kind: ClassVar[str] = "words"
    words: int
    width: int

    @property
    def embedding(self) -> int:
        """The numbers of a word's vector."""
        return max(2, self.width // 2)

    @property
    def parts(self) -> Parts:
        """The tensors by name, in the order of the flat vector."""
        v, e, h = self.words, self.embedding, self.width
        return (
            ("embedding", (v, e)), ("input", (4 * h, e)), ("hidden", (4 * h, h)), ("gates", (4 * h,)),
            ("output", (v, h)), ("bias", (v,)),
        )  # fmt: skip


def begin(shape: Shape, *, seed: int) -> Weights:
    """Random weights from a seed."""
    rng = np.random.default_rng([seed, 1603])
    made = []
    for name, size in shape.parts:
        scale = 0.0 if name in ("gates", "bias") else 1 / math.sqrt(shape.width)
        made.append(rng.uniform(-scale, scale, math.prod(size)).astype(np.float32))
    return np.concatenate(made)
