"""k-ary randomised response on the topic that a vector is closest to, in whole numbers throughout."""

import math

import numpy as np

from privacy.plugin import OutputPrivacy, ParamError, PrivacyCost, Randomiser, ScoringTask, Seat, check_vector

_PARTS = 2**40
"""Equally likely draws that give each topic but the closest."""
_ROUNDING = 2**-50
"""More than `exp` and a product of floats lose, relatively."""


class TopicResponse(Randomiser[ScoringTask]):
    """Releases the centre of one topic: the closest one's with the largest probability, all others alike."""

    def randomise(self, value: object, seat: Seat[ScoringTask]) -> np.ndarray:
        """Runs on the input party: int64 (d,), the centre of the released topic."""
        vector, centres = check_vector(seat.task, value), centres_of(seat.task)
        closest, others = int((centres @ vector).argmax()), len(centres) - 1
        drawn = below(self.keeping + others * _PARTS, seat) - self.keeping
        shift = 0 if drawn < 0 else 1 + drawn // _PARTS
        return np.array(centres[(closest + shift) % len(centres)])

    @property
    def keeping(self) -> int:
        """Draws that give the closest topic: at most e^epsilon times as many as give any other."""
        return int(_PARTS * math.exp(self.params.epsilon) * (1 - _ROUNDING))

    def cost(self, task: ScoringTask) -> PrivacyCost:
        """What one release spends; a pure epsilon is epsilon squared over 2 in rho (Bun and Steinke, TCC 2016)."""
        return PrivacyCost(epsilon=self.params.epsilon, rho=self.params.epsilon**2 / 2)

    def output(self, task: ScoringTask) -> OutputPrivacy:
        """The bound on one person's releases in one period: the host sends the first one again."""
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


def below(count: int, seat: Seat[ScoringTask]) -> int:
    """A whole number from 0 to count - 1, each equally likely: a draw that would favour some is drawn again."""
    while (drawn := int.from_bytes(seat.random.bytes(16), "big")) >= 2**128 - 2**128 % count:
        pass
    return drawn % count
