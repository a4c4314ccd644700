"""The next word of a keyboard: an LSTM over the most common words of public text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin.running import Ints
from workloads.federated.tasks.task import Task
from workloads.federated.text.vocabulary import BEGIN, PAD, UNKNOWN, Vocabulary
from workloads.federated.training.shape import Shape, Weights, begin

_DENSE = 0.98
"""An update that moves nearly every word's vector tells no words apart: it is masked, encrypted, or has noise."""
_COMMON = 60
_NO_WORDS = {PAD, UNKNOWN, BEGIN}


@dataclass(frozen=True)
class Words(Task):
    """The words that the model knows, and the units of its LSTM."""

    kind = "words"
    unit = "nats a word"
    noun = "words"
    rate = 0.5
    reads = "the rows of the word vectors that an update moves are the words that were typed"
    vocabulary: Vocabulary
    width: int

    @property
    def shape(self) -> Shape:
        return Shape(len(self.vocabulary), self.width)

    def begin(self, *, seed: int) -> Weights:
        return begin(self.shape, seed=seed)

    def about(self) -> dict[str, Any]:
        return {"format": "veilbench next-word model 1", "width": self.width, "words": self.vocabulary.words}

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Words":
        return cls(Vocabulary(tuple(str(word) for word in about["words"])), int(about["width"]))

    def items(self, rows: Any) -> set[int]:
        return set(np.unique(rows).tolist()) - _NO_WORDS

    def read(self, update: Ints) -> set[int] | None:
        """The words whose vectors an update moves, or whose biases it raises.

        A word's vector moves only where the word occurs, and its bias grows only where it was the next word.
        """
        words, width = len(self.vocabulary), self.shape.embedding
        moved = update[: words * width].reshape(-1, width).any(axis=1)
        found = set(np.flatnonzero(moved | (update[-words:] > 0)).tolist()) - {PAD}
        return found - _NO_WORDS if 0 < len(found) < _DENSE * (words - 1) else None

    def common(self) -> set[int]:
        return set(range(min(len(self.vocabulary), _COMMON))) - _NO_WORDS

    def called(self, item: int) -> str:
        return self.vocabulary.words[item]
