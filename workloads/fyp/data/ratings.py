"""What a rating is worth: the scale of a file, told from its own values, and from where on a rating is a like.

On a scale of 1 to 5 a like is 4 or more: three quarters of the way up. On every other scale it is the same place.
Counts, such as plays, have no top: a like is a count that is not below the middle one.
"""

import math
from array import array
from dataclasses import dataclass

import numpy as np

from privacy.plugin.tables import one_line

_PLACE = 0.75
_TOPS = (1.0, 3.0, 5.0, 7.0, 10.0, 20.0, 100.0)
_YES = frozenset({"yes", "y", "true", "like", "liked", "up", "thumbs up"})
_NO = frozenset({"no", "n", "false", "dislike", "disliked", "down", "thumbs down"})
_COUNTS = frozenset({"plays", "playcount", "listens", "listencount", "count", "views", "clicks", "weight"})


def is_count(column: str) -> bool:
    """Whether a column is named as one that counts, such as plays."""
    return "".join(c for c in column.lower() if c.isalnum()) in _COUNTS


def worth(text: str) -> float:
    """The number in a rating, yes being 1 and no 0; ValueError for anything else."""
    word = text.strip().lower()
    if word in _YES:
        return 1.0
    if word in _NO:
        return 0.0
    value = float(word)
    if not math.isfinite(value):
        raise ValueError("no finite number")
    return value


@dataclass(frozen=True)
class Scale:
    """From which value on a rating is a like, and the note that says so."""

    liked_from: float
    note: str

    @classmethod
    def of(cls, values: "array[float]", *, column: str) -> "Scale":
        """Tell the scale from all the ratings of a file, of which there is at least one."""
        found = np.frombuffer(values, dtype=np.float32)
        low, high = float(found.min()), float(found.max())
        name = one_line(column, most=40)
        if is_count(column) or high > _TOPS[-1]:
            middle = max(1.0, float(np.median(found[found > 0]))) if high > 0 else 1.0
            note = f"The column {name} is read as counts: {middle:g} or more, their median, is a like."
            return cls(middle, note)
        if high == low == 1.0:
            return cls(1.0, f"Every {name} is 1, so every row is a like.")
        top = next(t for t in _TOPS if high <= t)
        usual = 0.0 if top in (1.0, 20.0, 100.0) else min(low, 1.0)
        bottom = -top if low < 0 else usual
        liked_from = bottom + _PLACE * (top - bottom)
        if bool((found == np.round(found)).all()):
            liked_from = float(math.ceil(liked_from))
        elif bool((2 * found == np.round(2 * found)).all()):
            liked_from = math.ceil(2 * liked_from) / 2
        return cls(liked_from, f"The ratings go from {bottom:g} to {top:g}: {liked_from:g} or more is a like.")
