"""What a gathering asks: a question, and each answer to it as a vector of whole steps that can be summed."""

import itertools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.errors import DataError, ParamError
from privacy.primitives.aggregation import MAX_LENGTH, Ints, steps

KINDS = ("histogram", "mean", "vector")
_FIELDS = frozenset({"kind", "text", "low", "high", "bins", "categories", "length", "bound", "unit"})
_MOST_TEXT = 500


@dataclass(frozen=True)
class Question:
    """One question. `histogram` counts answers in equal `bins` of low..high, or by `categories`; `mean` sums numbers
    of low..high in steps of `unit`, with a 1 beside each for the count; `vector` sums `length` numbers of at most
    `bound` in steps of `unit`.
    """

    kind: str
    text: str = ""
    low: float = 0.0
    high: float = 1.0
    bins: int = 10
    categories: tuple[str, ...] = ()
    length: int = 1
    bound: float = 1.0
    unit: float = 1.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ParamError(f"a question of kind {self.kind!r} is none", then=f"choose one of {', '.join(KINDS)}")
        numbers = np.array([self.low, self.high, self.bound, self.unit], dtype=np.float64)
        if not np.isfinite(numbers).all() or self.unit <= 0 or self.bound <= 0:
            raise ParamError("a question's numbers are finite, and its bound and unit positive")
        if self.kind != "vector" and not self.categories and not self.low < self.high:
            raise ParamError(f"a question from {self.low:g} to {self.high:g} has no answers", then="make low < high")
        if not 1 <= self.entries <= MAX_LENGTH or self.most >= 2**60:
            raise ParamError(f"a question has 1 to {MAX_LENGTH} entries of fewer than 2**60 steps")
        if len(self.text) > _MOST_TEXT:
            raise ParamError(f"a question's text is longer than {_MOST_TEXT} characters")

    @property
    def entries(self) -> int:
        """How many entries an answer has as a vector."""
        if self.kind == "histogram":
            return len(self.categories) or self.bins
        return 2 if self.kind == "mean" else self.length

    @property
    def most(self) -> int:
        """No |entry| of an answer exceeds this many steps."""
        if self.kind == "histogram":
            return 1
        largest = max(abs(self.low), abs(self.high)) if self.kind == "mean" else self.bound
        return max(1, int(np.ceil(largest / self.unit)))

    @property
    def step(self) -> float:
        """What one step stands for."""
        return 1.0 if self.kind == "histogram" else self.unit

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> "Question":
        """A question from plain values; ParamError for anything that is none."""
        unknown = sorted(set(values) - _FIELDS)
        if unknown:
            raise ParamError(f"a question has no {', '.join(unknown)}", then=f"it has {', '.join(sorted(_FIELDS))}")
        try:
            given: dict[str, Any] = {k: float(v) for k, v in values.items() if k in ("low", "high", "bound", "unit")}
            given |= {k: int(v) for k, v in values.items() if k in ("bins", "length")}
            given |= {k: str(v) for k, v in values.items() if k in ("kind", "text")}
            given |= {k: tuple(map(str, v)) for k, v in values.items() if k == "categories"}
            return cls(**given)
        except (TypeError, ValueError, OverflowError):
            raise ParamError("a question's values are not of their types") from None

    @classmethod
    def load(cls, path: Path) -> "Question":
        """A question from a TOML file."""
        try:
            return cls.read(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError) as error:
            raise DataError(f"the question cannot be read: {error}", where=str(path)) from None


def encode(question: Question, value: Any) -> Ints:
    """Runs on a contributor: its answer as whole steps, int64 (entries,). DataError for what is no answer."""
    if question.kind == "histogram":
        out = np.zeros(question.entries, dtype=np.int64)
        out[_place(question, value)] = 1
        return out
    numbers = _numbers(value)
    if question.kind == "mean":
        one = _within(question, numbers)
        return np.array([int(np.rint(one / question.unit)), 1], dtype=np.int64)
    if numbers.shape != (question.entries,):
        raise DataError(f"the vector has {numbers.size} entries and {question.entries} are asked for")
    if np.abs(numbers).max() > question.bound:
        raise DataError(f"an entry of the vector exceeds {question.bound:g}", then="clip it first")
    return steps(numbers, unit=question.unit, bound=question.most)


def answer(question: Question, total: Ints, count: int) -> dict[str, Any]:
    """What a sum over `count` contributions says: a count by bin, a mean, or the summed vector's first entries."""
    if question.kind == "histogram":
        return {"counts": dict(zip(_labels(question), (int(v) for v in total), strict=True)), "of": count}
    if question.kind == "mean":
        counted = int(total[1])
        return {"mean": float(total[0]) * question.unit / counted if counted else None, "of": count}
    return {"sum": [float(v) * question.unit for v in total[:1000]], "of": count}


def _labels(question: Question) -> list[str]:
    if question.categories:
        return list(question.categories)
    edges = np.linspace(question.low, question.high, question.bins + 1)
    return [f"{a:.6g} to {b:.6g}" for a, b in itertools.pairwise(edges)]


def _place(question: Question, value: Any) -> int:
    if question.categories:
        if str(value) not in question.categories:
            raise DataError("the answer is none of the categories", then=f"choose of {', '.join(question.categories)}")
        return question.categories.index(str(value))
    share = (_within(question, _numbers(value)) - question.low) / (question.high - question.low)
    return min(int(share * question.bins), question.bins - 1)


def _within(question: Question, numbers: npt.NDArray[np.float64]) -> float:
    if numbers.size != 1:
        raise DataError(f"the question asks for one number and there are {numbers.size}")
    one = float(numbers.reshape(-1)[0])
    if not question.low <= one <= question.high:
        text = f"the answer is not between {question.low:g} and {question.high:g}"
        raise DataError(text, then="nothing was sent")
    return one


def _numbers(value: Any) -> npt.NDArray[np.float64]:
    """Finite floats of what a person gave; DataError, which never quotes it, for anything else."""
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("the answer is not a number", then="nothing was sent") from None
    if numbers.size == 0 or not np.isfinite(numbers).all():
        raise DataError("the answer is empty or holds NaN or infinity", then="nothing was sent")
    return numbers
