"""Words as numbers: 0 ends a sentence and pads, 1 is any word that the model does not know, 2 begins a sentence."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from privacy.plugin import DataError
from privacy.plugin.running import Ints

PAD, UNKNOWN, BEGIN = 0, 1, 2
_SPECIAL = ("<pad>", "<unknown>", "<begin>")
LENGTH = 12
"""Words of a sentence that count; longer ones go on as further sentences."""

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")


@dataclass(frozen=True)
class Vocabulary:
    """The words of a model, the most common first. It is public."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, texts: Iterable[str], *, most: int) -> "Vocabulary":
        """The most common words of texts; DataError where there are fewer than two."""
        counts = Counter(word for text in texts for word in split(text))
        found = sorted(counts, key=lambda word: (-counts[word], word))[: most - len(_SPECIAL)]
        if len(found) < 2:
            text = f"the texts have {len(found)} different word{'' if len(found) == 1 else 's'}, and a model needs two"
            raise DataError(text, then="give it more text")
        return cls((*_SPECIAL, *found))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, sentences: Sequence[str]) -> Ints:
        """Sentences as rows of numbers, int64 (n, LENGTH + 2), each beginning with BEGIN and padded at the end."""
        places = {word: place for place, word in enumerate(self.words)}
        rows = []
        for text in sentences:
            ids = [places.get(word, UNKNOWN) for word in split(text)]
            for at in range(0, len(ids), LENGTH):
                part = [BEGIN, *ids[at : at + LENGTH]]
                rows.append(part + [PAD] * (LENGTH + 2 - len(part)))
        return np.array(rows, dtype=np.int64).reshape(-1, LENGTH + 2)


def split(text: str) -> list[str]:
    """The words of a text, in lower case."""
    return _WORD.findall(text.lower())
