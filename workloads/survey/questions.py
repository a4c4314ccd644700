"""Surveys: how a cell becomes a vector of whole steps, and how a sum of such vectors becomes an answer.

Everything here is public but the cells. A device's whole part in a sum has L2 norm 1, which is `fine` steps: 1 where
nothing is noised, `FINE` under a randomiser, whose noise needs small steps.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from privacy.plugin import steps
from privacy.plugin.running import Floats, Ints

FINE = 1_000
"""Steps of a device's whole part, where a mean or a randomiser needs them small."""

ROWS, WIDTH = 3, 128
"""Of the sketch that finds heavy values: each value goes to one of `WIDTH` buckets in each of `ROWS` rows."""

OTHER = "other"
_MOST_TYPES = 12


@dataclass(frozen=True)
class Answer:
    """What is released: a value for each label, and the labels' sentence."""

    labels: tuple[str, ...]
    values: tuple[float, ...]


class Survey(ABC):
    """One question. `length`, `bound` and `unit` are those of the aggregation; `labels` name the answer's values.

    `amount` steps are one device in a count, or the half of a mean's range, which is `scale` in the column's own unit.
    """

    length: int
    labels: tuple[str, ...]
    error: str
    scale: float = 1.0

    def __init__(self, *, fine: int) -> None:
        self.amount = self.bound = fine
        self.unit = 1.0 / fine

    @abstractmethod
    def encode(self, cell: str) -> Ints:
        """Runs on a device: its cell as int64 (length,)."""

    @abstractmethod
    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        """The answer from a sum (length,) in steps, and the number of devices that it stands for."""

    @abstractmethod
    def truth(self, cells: Sequence[str]) -> Answer:
        """The exact answer over these cells."""

    @abstractmethod
    def accuracy(self, answer: Answer, cells: Sequence[str]) -> float:
        """How good an answer is, 0 to 1, against the exact one."""

    @abstractmethod
    def types(self, cells: Sequence[str]) -> tuple[Ints, Floats]:
        """Vectors of a few kinds of device, (k, length), k >= 2, and how common each is: what attacks know before."""


class Histogram(Survey):
    """How many devices hold each value, or a number in each range: one-hot vectors."""

    error = "counts are exact whole numbers"

    def __init__(self, labels: Sequence[str], *, span: tuple[float, float] | None = None, fine: int = 1) -> None:
        super().__init__(fine=fine)
        self.labels, self.span = tuple(labels), span
        self.length = len(self.labels)
        self._places = {label: place for place, label in enumerate(self.labels)}

    def place(self, cell: str) -> int:
        if self.span is None:
            return self._places.get(cell, self.length - 1)
        low, high = self.span
        return int(np.clip((float(cell) - low) / (high - low) * self.length, 0, self.length - 1))

    def encode(self, cell: str) -> Ints:
        vector = np.zeros(self.length, dtype=np.int64)
        vector[self.place(cell)] = self.amount
        return vector

    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        shares = np.clip(np.asarray(total, dtype=np.float64) / (self.amount * out_of), 0.0, 1.0)
        return Answer(self.labels, tuple(float(v) for v in shares))

    def truth(self, cells: Sequence[str]) -> Answer:
        counts = np.bincount([self.place(c) for c in cells], minlength=self.length)
        return self.estimate((counts * self.amount).astype(np.float64), out_of=len(cells))

    def accuracy(self, answer: Answer, cells: Sequence[str]) -> float:
        """One less the total variation distance."""
        apart = np.abs(np.array(answer.values) - np.array(self.truth(cells).values)).sum() / 2
        return float(np.clip(1.0 - apart, 0.0, 1.0))

    def types(self, cells: Sequence[str]) -> tuple[Ints, Floats]:
        shares = np.array(self.truth(cells).values)
        most = np.argsort(-shares, kind="stable")[: max(2, min(_MOST_TYPES, int((shares > 0).sum())))]
        weights = np.maximum(shares[most], 1.0 / max(len(cells), 1))
        return np.eye(self.length, dtype=np.int64)[most] * self.amount, weights / weights.sum()


class Mean(Survey):
    """The average of a number, in fixed point around the middle of its range: in steps of `step`, or 2,000 of them."""

    length = 1
    labels = ("mean",)

    def __init__(self, span: tuple[float, float], *, step: float | None = None) -> None:
        low, high = span
        step = step or (high - low) / (2 * FINE)
        half = max(1, math.ceil(math.ceil((high - low) / step - 1e-9) / 2))
        super().__init__(fine=half)
        # Whole steps from the low end, so that answers in whole steps are summed exactly.
        self.span = span
        self.middle, self.scale = low + step * half, step * half
        self.error = f"rounding moves each device's number by at most {step / 2:g}"

    def encode(self, cell: str) -> Ints:
        inside = np.clip(float(cell), *self.span) - self.middle
        return steps(np.array([inside / self.scale]), unit=self.unit, bound=self.bound)

    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        value = self.middle + float(np.asarray(total)[0]) * self.unit * self.scale / out_of
        return Answer(self.labels, (float(np.clip(value, *self.span)),))

    def truth(self, cells: Sequence[str]) -> Answer:
        return Answer(self.labels, (float(np.mean([np.clip(float(c), *self.span) for c in cells])),))

    def accuracy(self, answer: Answer, cells: Sequence[str]) -> float:
        """One less the error as a share of the range."""
        apart = abs(answer.values[0] - self.truth(cells).values[0]) / (self.span[1] - self.span[0])
        return float(np.clip(1.0 - apart, 0.0, 1.0))

    def types(self, cells: Sequence[str]) -> tuple[Ints, Floats]:
        """Two: a number that a quarter of the devices are below, and one that a quarter are above."""
        vectors = [self.encode(c)[0] for c in cells]
        low, high = (int(v) for v in np.quantile(vectors, [0.25, 0.75]))
        low, high = (low, high) if low < high else (-self.bound, self.bound)
        return np.array([[low], [high]], dtype=np.int64), np.array([0.5, 0.5])


class Heavy(Survey):
    """The most common of many known values, by a sketch (Charikar, Chen and Farach-Colton 2002).

    Each value has a bucket and a sign in each row; a device adds its signs. A value's count is the median over the rows
    of its bucket times its sign; what other values leave in a bucket has mean 0.
    """

    length = ROWS * WIDTH

    def __init__(self, known: Sequence[str], *, most: int, fine: int = 1) -> None:
        super().__init__(fine=fine)
        # Rounded down: the norm of all rows together is then no more than that of a device's whole part.
        self.amount = self.bound = max(1, int(fine / np.sqrt(ROWS)))
        self.known, self.most = tuple(known), most
        self.labels = tuple(f"place {i}" for i in range(1, min(most, len(self.known)) + 1))
        self.error = f"a count is off by about the root of the sum of squared counts over {WIDTH}"

    def _places(self, value: str) -> tuple[Ints, Ints]:
        raw = value.encode()
        rows = [hashlib.blake2b(raw, digest_size=8, person=f"vb-row-{r}".encode()) for r in range(ROWS)]
        numbers = [int.from_bytes(row.digest(), "little") for row in rows]
        buckets = np.array([r * WIDTH + (n >> 1) % WIDTH for r, n in enumerate(numbers)], dtype=np.int64)
        return buckets, np.array([1 if n & 1 else -1 for n in numbers], dtype=np.int64)

    @cached_property
    def _dictionary(self) -> tuple[Ints, Ints]:
        pairs = [self._places(value) for value in self.known]
        return np.stack([b for b, _ in pairs]), np.stack([s for _, s in pairs])

    def encode(self, cell: str) -> Ints:
        vector = np.zeros(self.length, dtype=np.int64)
        buckets, signs = self._places(cell)
        vector[buckets] = signs * self.amount
        return vector

    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        buckets, signs = self._dictionary
        counts = np.median(np.asarray(total, dtype=np.float64)[buckets] * signs, axis=1)
        best = np.argsort(-counts, kind="stable")[: len(self.labels)]
        shares = np.clip(counts[best] / (self.amount * out_of), 0.0, 1.0)
        return Answer(tuple(self.known[i] for i in best), tuple(float(s) for s in shares))

    def truth(self, cells: Sequence[str]) -> Answer:
        counts, known = Counter(cells), set(self.known)
        best = [(v, n) for v, n in counts.most_common() if v in known][: len(self.labels)]
        return Answer(tuple(v for v, _ in best), tuple(n / len(cells) for _, n in best))

    def accuracy(self, answer: Answer, cells: Sequence[str]) -> float:
        """Devices that hold one of the named values, as a share of those that hold one of the best that many."""
        counts = Counter(cells)
        best = sum(self.truth(cells).values) * len(cells)
        return float(sum(counts[v] for v in answer.labels) / best) if best else 0.0

    def types(self, cells: Sequence[str]) -> tuple[Ints, Floats]:
        common = Counter(c for c in cells).most_common(_MOST_TYPES)
        values = [v for v, _ in common]
        weights = np.array([n for _, n in common], dtype=np.float64)
        if len(values) < 2:
            values, weights = [*values, f"not {values[0]}"], np.array([0.5, 0.5])
        return np.stack([self.encode(v) for v in values]), weights / weights.sum()
