"""A survey of real devices: the same questions and the same encoding as with simulated ones.

What a simulated device clips, a person is told: an answer out of range, or none of the values, is refused before
anything is sent.
"""

import itertools
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np

from privacy.plugin import DataError, ParamError
from privacy.plugin.live import check_size, numbers, text_of
from privacy.plugin.running import Ints
from workloads.survey.options import HISTOGRAM, MEAN
from workloads.survey.questions import Histogram, Mean

KINDS = (HISTOGRAM, MEAN)
_FIELDS = frozenset({"kind", "text", "low", "high", "bins", "categories", "unit"})


@dataclass(frozen=True)
class Question:
    """One question. `histogram` counts answers in equal `bins` of low..high, or by `categories`; `mean` averages
    numbers of low..high in steps of `unit` at most.
    """

    kind: str
    text: str = ""
    low: float = 0.0
    high: float = 1.0
    bins: int = 10
    categories: tuple[str, ...] = ()
    unit: float = 1.0

    def __post_init__(self) -> None:
        if not np.isfinite([self.low, self.high, self.unit]).all() or self.unit <= 0:
            raise ParamError("a question's numbers are finite, and its unit positive")
        if not self.categories and not self.low < self.high:
            raise ParamError(f"a question from {self.low:g} to {self.high:g} has no answers", then="make low < high")
        if self.kind == HISTOGRAM and not self.categories and self.bins < 1:
            raise ParamError(f"a histogram of {self.bins} bins has no bins", then="choose at least one")
        check_size(self)

    @cached_property
    def survey(self) -> Histogram | Mean:
        """The question as the workload has it."""
        if self.kind == MEAN:
            return Mean((self.low, self.high), step=self.unit)
        if self.categories:
            return Histogram(self.categories)
        edges = np.linspace(self.low, self.high, self.bins + 1)
        labels = [f"{a:.6g} to {b:.6g}" for a, b in itertools.pairwise(edges)]
        return Histogram(labels, edges=[float(e) for e in edges])

    @property
    def length(self) -> int:
        return self.survey.length

    @property
    def bound(self) -> int:
        return self.survey.bound

    @property
    def step(self) -> float:
        return self.survey.unit

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def encode(self, value: Any) -> Ints:
        """Runs on a contributor: its answer as whole steps, int64 (length,). DataError for what is no answer."""
        if self.categories:
            if str(value) not in self.categories:
                raise DataError(
                    "the answer is not one of the categories", then=f"choose of {', '.join(self.categories)}"
                )
            return self.survey.encode(str(value))
        found = numbers(value)
        if found.size != 1:
            raise DataError(f"the question asks for one number and there are {found.size}")
        one = float(found.reshape(-1)[0])
        if not self.low <= one <= self.high:
            text = f"the answer is not between {self.low:g} and {self.high:g}"
            raise DataError(text, then="nothing was sent")
        return self.survey.encode(repr(one))

    def decode(self, total: Ints, *, count: int) -> dict[str, Any]:
        """What a sum over `count` contributions says: a count by value or range, or a mean."""
        if self.kind == MEAN:
            mean = self.survey.estimate(total.astype(np.float64), out_of=float(count)).values[0] if count else None
            return {"mean": mean, "of": count}
        counts = (int(v) // self.survey.amount for v in total)
        return {"counts": dict(zip(self.survey.labels, counts, strict=True)), "of": count}


def live(values: Mapping[str, Any]) -> Question | None:
    """A question from plain values; None for one of another kind, ParamError for one that cannot be read."""
    if values.get("kind") not in KINDS:
        return None
    unknown = sorted(set(values) - _FIELDS)
    if unknown:
        raise ParamError(f"a question has no {', '.join(unknown)}", then=f"it has {', '.join(sorted(_FIELDS))}")
    try:
        given: dict[str, Any] = {k: float(v) for k, v in values.items() if k in ("low", "high", "unit")}
        given |= {"bins": int(values["bins"])} if "bins" in values else {}
        given |= {"categories": tuple(map(str, values["categories"]))} if "categories" in values else {}
        return Question(str(values["kind"]), text_of(values), **given)
    except (TypeError, ValueError, OverflowError):
        raise ParamError("a question has values of wrong types") from None
