"""Surveys: how the cells of a device become a vector of whole steps, and how a sum of such becomes an answer.

Everything here is public but the cells. A device's whole part in a sum has L2 norm 1 at most, which is `1 / unit`
steps: few where nothing is noised, many under a randomiser, whose noise needs small steps.
"""

import hashlib
import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from privacy.plugin import steps
from privacy.plugin.running import Floats, Ints
from workloads.survey.data import Tally
from workloads.survey.kinds import PART

FINE = 1_000
"""Steps of a device's whole part, where nobody says how fine a mean or a randomiser needs them."""

ROWS, WIDTH = 3, 128
"""Of the sketch that finds heavy values: each value goes to one of `WIDTH` buckets in each of `ROWS` rows."""

OTHER = "everything else"
_MOST_TYPES = 12


@dataclass(frozen=True)
class Answer:
    """What is released: a value for each label."""

    labels: tuple[str, ...]
    values: tuple[float, ...]

    def as_dict(self) -> dict[str, float]:
        return dict(zip(self.labels, self.values, strict=True))


def rest_of(labels: Sequence[str]) -> str:
    """What is counted apart from these labels, under a name that none of them has."""
    name = OTHER
    while name in labels:
        name = f"({name})"
    return name


def longest(norm: float, *, rows: int, counted: bool) -> float:
    """The largest L2 norm of a device's vector, in amounts, where that of a row is `norm`."""
    return rows * math.sqrt(norm**2 + counted)


class Survey(ABC):
    """One question. `length`, `bound` and `unit` are those of the aggregation; `labels` name the answer's values.

    A device holds up to `rows` rows. With `counted` the vector ends with their number, by whose sum the answer divides:
    where some hold fewer, or where nobody may say how many devices are in a noised sum. `amount` steps are one row in a
    count, or the half of a mean's range, which is `scale` in the column's own unit. `norm` is the largest L2 norm of a
    row's vector, in amounts.
    """

    length: int
    labels: tuple[str, ...]
    error: str
    scale: float = 1.0

    def __init__(self, *, length: int, norm: float, fine: int, rows: int, counted: bool) -> None:
        self.rows, self.counted = rows, counted or rows > 1
        self.width, self.length = length, length + self.counted
        most = longest(norm, rows=rows, counted=self.counted)
        # Rounded down: a device's whole part is then never longer than 1.
        self.amount = max(1, int(fine / most))
        self.bound = self.amount * rows
        self.unit = 1.0 / max(fine, math.ceil(self.amount * most - 1e-9))

    @abstractmethod
    def encode(self, form: str) -> Ints:
        """Runs on a device: one row as int64 (width,), in steps."""

    def vector(self, forms: Sequence[str]) -> Ints:
        """Runs on a device: its rows as int64 (length,)."""
        total = np.zeros(self.length, dtype=np.int64)
        for form in forms:
            total[: self.width] += self.encode(form)
        if self.counted:
            total[-1] = len(forms) * self.amount
        return total

    def shares(self, total: Floats, *, out_of: float) -> Floats:
        """What each entry of a sum comes to for one row, in amounts: float64 (width,). Not cut to what is possible."""
        sums = np.asarray(total, dtype=np.float64)
        rows = sums[-1] / self.amount if self.counted else out_of
        return np.asarray(sums[: self.width] / (self.amount * rows if rows > 0 else np.inf))

    @abstractmethod
    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        """The answer from a sum (length,) in steps, and the number of devices that it stands for."""

    @abstractmethod
    def truth(self, tally: Tally) -> Answer:
        """The exact answer over these rows, nothing clipped or rounded."""

    def clipped(self, tally: Tally) -> Answer:
        """The answer over these rows with each clipped as a device clips it. The usual: nothing is clipped."""
        return self.truth(tally)

    def outside(self, tally: Tally) -> int:
        """How many rows are changed by clipping."""
        return 0

    @abstractmethod
    def accuracy(self, answer: Answer, tally: Tally) -> float:
        """How good an answer is, 0 to 1, against the exact one."""

    def apart(self, answer: Answer, other: Answer) -> float:
        """How far one answer is from another: total variation distance, the share of rows in the wrong place."""
        names = other.as_dict()
        gaps = [abs(v - names.get(label, 0.0)) for label, v in answer.as_dict().items()]
        return float(sum(gaps) / 2)

    @abstractmethod
    def spread(self, answer: Answer) -> Floats:
        """The most that the variance of one row can be, for each value of an answer: float64 (len(labels),)."""

    @abstractmethod
    def types(self, tally: Tally) -> tuple[Ints, Floats]:
        """Vectors of a few kinds of device, (k, length), k >= 2, and how common each is: what attacks know before."""


class Histogram(Survey):
    """How many rows hold each value, or a number between two edges: one-hot vectors.

    `labels` of values are their forms unless `forms` names these; what is none of them counts in the last. With `edges`
    a label is for the numbers from one edge to the next, and numbers outside count at the ends. `answers` above 0 is
    the most answers that count of one cell.
    """

    error = "counts are exact whole numbers"

    def __init__(
        self, labels: Sequence[str], *, forms: Sequence[str] | None = None, edges: Sequence[float] | None = None,
        answers: int = 0, fine: int = 1, rows: int = 1, counted: bool = False,
    ) -> None:  # fmt: skip
        most = min(answers, len(labels)) if answers else 1
        super().__init__(length=len(labels), norm=math.sqrt(most), fine=fine, rows=rows, counted=counted)
        self.labels, self.answers = tuple(labels), answers
        self.edges = None if edges is None else np.array(edges, dtype=np.float64)
        self._places = {form: place for place, form in enumerate(forms or labels)}

    def place(self, form: str) -> int:
        """Where a row counts, of those with one answer."""
        if self.edges is None:
            return self._places.get(form, self.width - 1)
        return self._between(float(form))

    def _between(self, number: float) -> int:
        assert self.edges is not None
        # The last range holds its upper edge too.
        place = np.searchsorted(self.edges, number, side="right") - 1
        return int(np.clip(place, 0, self.width - 1))

    def places(self, form: str, *, most: int | None = None) -> list[int]:
        """Where a row counts; of more than `most` answers a cell's own order by hash decides, which favours none."""
        if not self.answers:
            return [self.place(form)]
        found = list(dict.fromkeys(self._places.get(item, self.width - 1) for item in form.split(PART)))
        if most is not None and len(found) > most:
            found = sorted(found, key=lambda p: hashlib.blake2b(f"{form}\0{p}".encode(), digest_size=8).digest())[:most]
        return found

    def encode(self, form: str) -> Ints:
        vector = np.zeros(self.width, dtype=np.int64)
        vector[self.places(form, most=self.answers or None)] = self.amount
        return vector

    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        return Answer(self.labels, tuple(float(v) for v in np.clip(self.shares(total, out_of=out_of), 0.0, 1.0)))

    def _counts(self, tally: Tally, *, most: int | None) -> Floats:
        counts = np.zeros(self.width, dtype=np.float64)
        if self.edges is not None:
            places = np.clip(np.searchsorted(self.edges, tally.numbers, side="right") - 1, 0, self.width - 1)
            np.add.at(counts, places, tally.counts)
            return counts
        for form, count in zip(tally.forms, tally.counts, strict=True):
            if count:
                counts[self.places(form, most=most)] += count
        return counts

    def truth(self, tally: Tally) -> Answer:
        """Numbers outside the edges, which lie in no range, are in none."""
        counts = self._counts(tally, most=None)
        if self.edges is not None:
            below, above = self._beyond(tally)
            counts[0] -= below
            counts[-1] -= above
        return Answer(self.labels, tuple(float(v) for v in counts / max(tally.rows, 1)))

    def clipped(self, tally: Tally) -> Answer:
        counts = self._counts(tally, most=self.answers or None)
        return Answer(self.labels, tuple(float(v) for v in counts / max(tally.rows, 1)))

    def _beyond(self, tally: Tally) -> tuple[int, int]:
        assert self.edges is not None
        numbers = tally.numbers
        return int(tally.counts[numbers < self.edges[0]].sum()), int(tally.counts[numbers > self.edges[-1]].sum())

    def outside(self, tally: Tally) -> int:
        if self.edges is not None:
            return sum(self._beyond(tally))
        if not self.answers or self.answers >= self.width:
            return 0
        many = [len(self.places(f)) > self.answers for f in tally.forms]
        return int(tally.counts[many].sum())

    def accuracy(self, answer: Answer, tally: Tally) -> float:
        """One less the total variation distance; with several answers in a cell, less the mean error of a share."""
        apart = self.apart(answer, self.truth(tally))
        return float(np.clip(1.0 - (2 * apart / self.width if self.answers else apart), 0.0, 1.0))

    def spread(self, answer: Answer) -> Floats:
        values: Floats = np.array(answer.values, dtype=np.float64)
        return np.asarray(values * (1 - values))

    def types(self, tally: Tally) -> tuple[Ints, Floats]:
        if self.answers:
            return _types_of(self, tally)
        shares = np.array(self.clipped(tally).values)
        most = np.argsort(-shares, kind="stable")[: max(2, min(_MOST_TYPES, int((shares > 0).sum())))]
        weights = np.maximum(shares[most], 1.0 / max(tally.rows, 1))
        vectors = np.zeros((len(most), self.length), dtype=np.int64)
        vectors[np.arange(len(most)), most] = self.amount
        if self.counted:
            vectors[:, -1] = self.amount
        return vectors, weights / weights.sum()


class Mean(Survey):
    """The average of a number, in fixed point around the middle of its range.

    A step is `step` at most, or a part of `resolution` where the steps are fine enough, so that numbers in whole
    multiples of it, from the low end, are summed exactly.
    """

    labels = ("mean",)

    def __init__(
        self, span: tuple[float, float], *, step: float | None = None, resolution: float = 0.0, fine: int = FINE,
        rows: int = 1, counted: bool = False,
    ) -> None:  # fmt: skip
        low, high = span
        most = longest(1.0, rows=rows, counted=counted or rows > 1)
        if step is None:
            step = (high - low) / (2 * max(1, int(fine / most)))
            if resolution > 0 and step <= resolution:
                step = resolution / math.floor(resolution / step + 1e-9)
        half = max(1, math.ceil(math.ceil((high - low) / step - 1e-9) / 2))
        super().__init__(length=1, norm=1.0, fine=math.ceil(half * most), rows=rows, counted=counted)
        # Whole steps from the low end, so that answers in whole steps are summed exactly.
        self.span, self.step = span, step
        self.middle, self.scale = low + step * half, step * half
        # Of a half that its device's norm rounds down the steps are a little longer.
        self._long = self.scale / self.amount
        self.error = f"rounding moves each device's number by at most {self._long / 2:g}"
        if resolution > 0 and math.isclose(resolution / self._long, round(resolution / self._long), rel_tol=1e-9):
            self.error = f"numbers in whole multiples of {resolution:g} are exact"

    def encode(self, form: str) -> Ints:
        inside = float(np.clip(float(form), *self.span)) - self.middle
        return steps(np.array([inside / self._long]), unit=1.0, bound=self.amount)

    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        value = self.middle + float(self.shares(total, out_of=out_of)[0]) * self.scale
        return Answer(self.labels, (float(np.clip(value, *self.span)),))

    def truth(self, tally: Tally) -> Answer:
        return Answer(self.labels, (_mean(tally.numbers, tally.counts),))

    def clipped(self, tally: Tally) -> Answer:
        return Answer(self.labels, (_mean(np.clip(tally.numbers, *self.span), tally.counts),))

    def outside(self, tally: Tally) -> int:
        numbers = tally.numbers
        return int(tally.counts[(numbers < self.span[0]) | (numbers > self.span[1])].sum())

    def accuracy(self, answer: Answer, tally: Tally) -> float:
        """One less the error as a share of the range."""
        return float(np.clip(1.0 - abs(self.apart(answer, self.truth(tally))) / (self.span[1] - self.span[0]), 0, 1))

    def apart(self, answer: Answer, other: Answer) -> float:
        """The difference, with its sign, in the column's unit."""
        return answer.values[0] - other.values[0]

    def spread(self, answer: Answer) -> Floats:
        """Of numbers in a range with this mean (Bhatia and Davis 2000)."""
        low, high = self.span
        return np.array([max(0.0, (high - answer.values[0]) * (answer.values[0] - low))])

    def types(self, tally: Tally) -> tuple[Ints, Floats]:
        """Two: a number that a quarter of the devices are below, and one that a quarter are above."""
        order = np.argsort(tally.numbers, kind="stable")
        share = np.cumsum(tally.counts[order]) / max(tally.rows, 1)
        low, high = (self.vector([tally.forms[order[int(np.searchsorted(share, q))]]]) for q in (0.25, 0.75))
        if low[0] >= high[0]:
            low, high = (self.vector([repr(end)]) for end in self.span)
        return np.stack([low, high]), np.array([0.5, 0.5])


class Heavy(Survey):
    """The most common of many known values, by a sketch (Charikar, Chen and Farach-Colton 2002).

    Each value has a bucket and a sign in each row; a device adds its signs. A value's count is the median over the rows
    of its bucket times its sign; what other values leave in a bucket has mean 0.
    """

    def __init__(self, known: Sequence[str], *, most: int, fine: int = 1, rows: int = 1, counted: bool = False) -> None:
        super().__init__(length=ROWS * WIDTH, norm=math.sqrt(ROWS), fine=fine, rows=rows, counted=counted)
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

    def encode(self, form: str) -> Ints:
        vector = np.zeros(self.width, dtype=np.int64)
        buckets, signs = self._places(form)
        vector[buckets] = signs * self.amount
        return vector

    def estimate(self, total: Floats, *, out_of: float) -> Answer:
        buckets, signs = self._dictionary
        counts = np.median(self.shares(total, out_of=out_of)[buckets] * signs, axis=1)
        best = np.argsort(-counts, kind="stable")[: len(self.labels)]
        return Answer(tuple(self.known[i] for i in best), tuple(float(s) for s in np.clip(counts[best], 0.0, 1.0)))

    def truth(self, tally: Tally) -> Answer:
        known = set(self.known)
        best = [f for f in tally.ranked(most=len(tally.forms)) if f in known][: len(self.labels)]
        counts = dict(zip(tally.forms, tally.counts, strict=True))
        return Answer(tuple(best), tuple(float(counts[f]) / max(tally.rows, 1) for f in best))

    def apart(self, answer: Answer, other: Answer) -> float:
        """The mean error of a named value's share."""
        names = other.as_dict()
        gaps = [abs(v - names.get(label, 0.0)) for label, v in answer.as_dict().items()]
        return float(np.mean(gaps)) if gaps else 0.0

    def shares_of(self, answer: Answer, tally: Tally) -> Answer:
        """The exact shares of the values that an answer names."""
        counts = dict(zip(tally.forms, tally.counts, strict=True))
        return Answer(answer.labels, tuple(float(counts.get(f, 0)) / max(tally.rows, 1) for f in answer.labels))

    def accuracy(self, answer: Answer, tally: Tally) -> float:
        """Devices that hold one of the named values, as a share of those that hold one of the best that many."""
        best = sum(self.truth(tally).values)
        return float(sum(self.shares_of(answer, tally).values) / best) if best else 0.0

    def spread(self, answer: Answer) -> Floats:
        values: Floats = np.array(answer.values, dtype=np.float64)
        return np.asarray(values * (1 - values))

    def types(self, tally: Tally) -> tuple[Ints, Floats]:
        return _types_of(self, tally)


def _types_of(survey: Survey, tally: Tally) -> tuple[Ints, Floats]:
    """The most common cells."""
    forms = tally.ranked(most=_MOST_TYPES)
    counts = dict(zip(tally.forms, tally.counts, strict=True))
    weights = np.array([counts[f] for f in forms], dtype=np.float64)
    if len(forms) < 2:
        forms, weights = [*forms, f"not {forms[0]}"], np.array([0.5, 0.5])
    return np.stack([survey.vector([f]) for f in forms]), weights / weights.sum()


def _mean(numbers: Floats, counts: Ints) -> float:
    held = counts > 0
    # Exactly rounded, so that the order of the file changes nothing.
    return math.fsum((numbers[held] * counts[held]).tolist()) / max(int(counts.sum()), 1)
