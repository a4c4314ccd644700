"""Adaptive stopping: a task is closed once its class is sure enough, so that votes go where they are needed."""

from dataclasses import dataclass

import numpy as np

from privacy.plugin import ParamError
from workloads.labeling.votes.arrays import Bools, Floats, Ints

SURE, FULL, NEEDS_MORE = "sure-enough", "most-votes-reached", "not-sure-yet"


@dataclass(frozen=True)
class Stopping:
    """A task has at least `fewest` votes, at most `most`, and between these stops at that posterior.

    ParamError where these are no bounds.
    """

    sure: float = 0.95
    fewest: int = 2
    most: int = 11

    def __post_init__(self) -> None:
        if not 0.5 < self.sure < 1:
            raise ParamError("a task is sure between a half and one", then="choose 0.95")
        if not 1 <= self.fewest <= self.most:
            raise ParamError("the most votes of a task must be at least the fewest", then="choose 2 and 11")

    def open(self, posterior: Floats, per_task: Ints) -> Bools:
        """Which tasks want another vote, (tasks,), from posteriors (tasks, classes) and votes so far (tasks,)."""
        unsure = posterior.max(axis=1) < self.sure
        return np.asarray((per_task < self.fewest) | (unsure & (per_task < self.most)), dtype=np.bool_)

    def reason(self, sure: float, *, votes: int) -> str:
        """Why a task with that posterior and so many votes stays open or not: an id."""
        if votes < self.fewest or (sure < self.sure and votes < self.most):
            return NEEDS_MORE
        return SURE if sure >= self.sure else FULL
