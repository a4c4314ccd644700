"""What real contributors answer: a question, as plain values that a workload reads, or numbers to be summed."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from privacy.errors import DataError, ParamError
from privacy.live.versioned import Blobs, Versioned, no_blobs
from privacy.primitives.aggregation import MAX_LENGTH, Ints, steps
from privacy.registry import Registry
from privacy.stacks import code_of
from privacy.workload import Live

VECTOR = "vector"
LONGEST_TEXT = 500
_SHOWN = 1000


@dataclass(frozen=True)
class Vector:
    """A vector of `length` numbers of at most `largest`, summed in steps of `unit`."""

    length: int = 1
    largest: float = 1.0
    unit: float = 1.0
    text: str = "a vector"

    def __post_init__(self) -> None:
        if not np.isfinite([self.largest, self.unit]).all() or self.unit <= 0 or self.largest <= 0:
            raise ParamError("a vector's bound and unit are finite and positive")
        check_size(self)

    @property
    def bound(self) -> int:
        """No |entry| exceeds this many steps."""
        return max(1, int(np.ceil(self.largest / self.unit)))

    @property
    def step(self) -> float:
        return self.unit

    def encode(self, value: Any) -> Ints:
        """Runs on a contributor: its vector as whole steps, int64 (length,). DataError for what is none."""
        found = numbers(value)
        if found.shape != (self.length,):
            raise DataError(f"the vector has {found.size} entries and {self.length} are needed")
        if np.abs(found).max() > self.largest:
            raise DataError(f"an entry of the vector exceeds {self.largest:g}", then="clip it first")
        return steps(found, unit=self.unit, bound=self.bound)

    def decode(self, total: Ints, *, count: int) -> dict[str, Any]:
        """The first entries of the sum."""
        return {"sum": [float(v) * self.unit for v in total[:_SHOWN]], "of": count}


def live_of(question: Mapping[str, Any], registry: Registry, blobs: Blobs = no_blobs) -> Live:
    """Whoever reads a question: the workload that it names, else the first that can. ParamError if there is none.

    `blobs` gets what the question is read with, if it is read with anything.
    """
    found = unread(question, registry)
    if isinstance(found, Versioned):
        found = found.read({cid: blobs(cid) for cid in found.needs})
    check_size(found)
    return found


def unread(question: Mapping[str, Any], registry: Registry) -> Live | Versioned:
    """The same, before it has what it is read with."""
    values = dict(question)
    named = values.pop("workload", None)
    if named is None and values.get("kind") == VECTOR:
        return _vector(values)
    for spec in [registry.workload(str(named))] if named is not None else registry.workloads.values():
        found = code_of(spec).live(values)
        if found is not None:
            return found
    raise ParamError("no workload here reads this question", then='name one in it, such as workload = "…"')


def _vector(values: Mapping[str, Any]) -> Vector:
    unknown = sorted(set(values) - {"kind", "text", "length", "bound", "unit"})
    if unknown:
        raise ParamError(f"a question of vectors has no {', '.join(unknown)}")
    try:
        return Vector(
            int(values.get("length", 1)), float(values.get("bound", 1.0)), float(values.get("unit", 1.0)),
            text_of(values) or "a vector",
        )  # fmt: skip
    except (TypeError, ValueError, OverflowError):
        raise ParamError("a question's values are not of their types") from None


def check_size(live: Live) -> None:
    """ParamError for vectors that no aggregation carries."""
    if not 1 <= live.length <= MAX_LENGTH or not 1 <= live.bound < 2**60:
        raise ParamError(f"a question has 1 to {MAX_LENGTH} entries of fewer than 2**60 steps")


def text_of(values: Mapping[str, Any]) -> str:
    """What is asked, in words."""
    text = str(values.get("text", ""))
    if len(text) > LONGEST_TEXT:
        raise ParamError(f"a question's text is longer than {LONGEST_TEXT} characters")
    return text


def read_toml(path: Path) -> dict[str, Any]:
    """A question from a TOML file."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"the question cannot be read: {error}", where=str(path)) from None


def numbers(value: Any) -> npt.NDArray[np.float64]:
    """Finite floats of what a person gave; DataError, which never quotes it, for anything else."""
    try:
        found = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise DataError("the answer is not a number", then="nothing was sent") from None
    if found.size == 0 or not np.isfinite(found).all():
        raise DataError("the answer is empty or holds NaN or infinity", then="nothing was sent")
    return found
