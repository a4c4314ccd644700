"""k-ary randomised response on the topic that a vector is closest to."""

import math

import numpy as np

from privacy.plugin import OutputPrivacy, ParamError, PrivacyCost, Randomiser, ScoringTask, Seat, check_vector

_WORD = 2**64
_ROUNDING = 1e-9


class TopicResponse(Randomiser[ScoringTask]):
    """Releases the centre of one topic: the closest one's with the largest probability, all others alike."""

    def randomise(self, value: object, seat: Seat[ScoringTask]) -> np.ndarray:
        """Runs on the input party: int64 (d,), the centre of the released topic."""
        vector, centres = check_vector(seat.task, value), centres_of(seat.task)
        true, others = int((centres @ vector).argmax()), len(centres) - 1
        # Of 2^64 equally likely draws, so many keep the topic. What rounding loses is set aside out of epsilon.
        grown = math.exp(self.params.epsilon - _ROUNDING)
        keeping = int(_WORD * (grown / (grown + others)))
        drawn = int.from_bytes(seat.random.bytes(8), "big")
        shift = 0 if drawn < keeping else 1 + (drawn - keeping) % others
        return centres[(true + shift) % len(centres)].copy()

    def cost(self, task: ScoringTask) -> PrivacyCost:
        """What one release spends; a pure epsilon is epsilon squared over 2 in rho (Bun and Steinke, TCC 2016)."""
        epsilon = self.params.epsilon
        return PrivacyCost(epsilon=epsilon, rho=epsilon**2 / 2)

    def output(self, task: ScoringTask) -> OutputPrivacy:
        cost = self.cost(task)
        return OutputPrivacy(
            epsilon=cost.epsilon, delta=0.0, unit="user and period", neighbours="replace-one", model="local",
            accountant="pure epsilon of randomised response", rho=cost.rho,
        )  # fmt: skip


def centres_of(task: ScoringTask) -> np.ndarray:
    """The task's topic centres, int64 (T, d); ParamError where it has fewer than two."""
    if len(task.centres) < 2:
        raise ParamError("the task names fewer than two topics", then="use a workload whose catalogue has topics")
    return np.array(task.centres, dtype=np.int64)
