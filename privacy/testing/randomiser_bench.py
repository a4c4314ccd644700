"""The bench of a randomiser: its case, its parameters, and how its audits are played."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import numpy as np

from privacy.boundary.party import CLIENT
from privacy.boundary.seat import OsRandomness, Randomness, Seat
from privacy.primitives.aggregation import AggregationTask, contributor
from privacy.primitives.scoring import ScoringTask, quantise
from privacy.randomiser import Randomiser
from privacy.testing.aggregation import contribution_case
from privacy.testing.bench import CheckResult
from privacy.testing.case import Array, Case
from privacy.testing.cases import case_for

FALSE_ALARMS = 1e-4
"""The largest chance that a whole suite rejects a randomiser whose claims hold."""

STATISTICAL = 4
"""How many checks of one primitive rest on chance: the audit, those of floats, of a sum's noise, of other settings."""

_TOPICS, _SEED = 8, 20_240_301


@dataclass(frozen=True)
class RandomiserBench:
    """One randomiser on one case.

    `make` builds it from parameters, so that a check can change one. `plays` is how many releases an audit draws, in a
    quick look in at most about `seconds`; `alpha` is the false-alarm rate of one statistical check. `seed` fixes how
    releases are split; noise always comes from the operating system. `brief` has an audit say so where it is too short.
    """

    make: Callable[[Any], Randomiser[Any]]
    params: Any
    case: Case
    plays: int = 20_000
    alpha: float = FALSE_ALARMS / STATISTICAL
    seed: int | None = None
    seconds: float = math.inf
    brief: bool = False
    texts: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)

    @property
    def task(self) -> Any:
        return self.case.task

    def randomiser(self) -> Randomiser[Any]:
        """A fresh instance."""
        return self.make(self.params)

    def seat(self, random: Randomness | None = None) -> Seat[Any]:
        """A fresh seat of the input party."""
        party = contributor(1) if isinstance(self.task, AggregationTask) else CLIENT
        return Seat(party, self.task, random=random or OsRandomness())

    def inputs(self, count: int) -> list[Array]:
        """The case's extremes, and `count` random inputs."""
        rng = np.random.default_rng(self.seed)
        return [*self.case.extremes, *(self.case.random_secret(rng) for _ in range(count))]


def verdict(id_: str, title: str, found: list[str], fine: str) -> CheckResult:
    """A check that passed unless something was found."""
    return CheckResult(id_, title, not found, "; ".join(found) or fine)


@lru_cache(maxsize=8)
def _centres(dims: int, topics: int = _TOPICS) -> tuple[tuple[int, ...], ...]:
    floats = np.random.default_rng(_SEED).normal(size=(topics, dims))
    return tuple(tuple(int(x) for x in row) for row in quantise(floats / np.linalg.norm(floats, axis=1, keepdims=True)))


def scored_topics(case: Case, topics: int) -> Case:
    """The same case with so many topics."""
    return replace(case, task=replace(case.task, centres=_centres(case.task.dims, topics)))


def randomised_case(primitive: str) -> Case:
    """The kit's case of `primitive`, for one holder; a scoring task names the centres of a few topics as well."""
    if primitive == "aggregation":
        return contribution_case()
    case = case_for(primitive)
    if isinstance(case.task, ScoringTask):
        return replace(case, task=replace(case.task, centres=_centres(case.task.dims)))
    return case
