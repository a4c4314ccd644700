"""Random draws that give the same values on every machine and Python version."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from statistics import NormalDist
from typing import TypeVar

T = TypeVar("T")
_NORMAL = NormalDist()


@dataclass(frozen=True)
class Draws:
    """Draws made of `Random.random` alone, the one method whose sequence Python promises to keep."""

    source: Random

    def chance(self, share: float) -> bool:
        """True with probability `share`."""
        return self.source.random() < share

    def below(self, count: int) -> int:
        """A whole number from 0 to `count` - 1."""
        return int(self.source.random() * count)

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[self.below(len(options))]

    def some(self, options: Sequence[T], count: int) -> list[T]:
        """Up to `count` different options, in drawn order."""
        left = list(options)
        return [left.pop(self.below(len(left))) for _ in range(min(count, len(left)))]

    def weighted(self, shares: dict[str, float]) -> str:
        """A key, drawn in proportion to its share."""
        point = self.source.random() * sum(shares.values())
        for name, share in shares.items():
            point -= share
            if point < 0:
                return name
        return next(reversed(shares))

    def log_normal(self, median: float, spread: float, *, low: float, high: float) -> float:
        """A log-normal value held between `low` and `high`; `spread` is the deviation of its logarithm."""
        quantile = min(max(self.source.random(), 1e-9), 1 - 1e-9)
        return min(max(median * math.exp(spread * _NORMAL.inv_cdf(quantile)), low), high)

    def digits(self, count: int) -> str:
        """A number of exactly `count` digits, as text."""
        return str(1 + self.below(9)) + "".join(str(self.below(10)) for _ in range(count - 1))
