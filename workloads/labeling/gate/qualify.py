"""Qualification by Wald's sequential test: questions of known class until the answers say enough.

Source: Wald 1945, "Sequential tests of statistical hypotheses".
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from privacy.plugin import ParamError

ACCEPT, REJECT, CONTINUE = "accept", "reject", "continue"
ENOUGH, TOO_MANY, BOUND, OPEN = "enough-right", "too-many-wrong", "bound-reached", "not-yet-clear"
REASONS = {
    ENOUGH: "the answers so far fit a good enough labeler far better",
    TOO_MANY: "the answers so far fit a labeler who is not good enough far better",
    BOUND: "all questions are asked, so the likelier of the two decides",
    OPEN: "the answers so far do not decide yet",
}


@dataclass(frozen=True)
class Decision:
    """What the test says after some answers: `verdict` and `reason` are ids; `evidence` is the log-likelihood ratio.

    `low` and `high` are the evidence at which it rejects and accepts.
    """

    verdict: str
    reason: str
    right: int
    seen: int
    evidence: float
    low: float
    high: float


@dataclass(frozen=True)
class Sprt:
    """A test between shares of right answers: `poor` is turned away and `good` let in, with these chances of an error.

    ParamError where the shares do not rise or an error is no chance.
    """

    poor: float = 0.55
    good: float = 0.8
    lets_in: float = 0.05
    turns_away: float = 0.05
    most: int = 15

    def __post_init__(self) -> None:
        if not 0 < self.poor < self.good < 1:
            raise ParamError("the share of the good must be above that of the poor", then="choose 0.55 and 0.8")
        if not (0 < self.lets_in < 0.5 and 0 < self.turns_away < 0.5):
            raise ParamError("a chance of an error must be between 0 and a half", then="choose 0.05")
        if self.most < 1:
            raise ParamError("a qualification asks at least one question", then="choose 15")

    @property
    def step(self) -> tuple[float, float]:
        """The evidence of a right answer and of a wrong one."""
        return math.log(self.good / self.poor), math.log((1 - self.good) / (1 - self.poor))

    @property
    def bounds(self) -> tuple[float, float]:
        """The evidence at which the test rejects and accepts."""
        return math.log(self.turns_away / (1 - self.lets_in)), math.log((1 - self.turns_away) / self.lets_in)

    def decide(self, answers: Iterable[bool]) -> Decision:
        """The decision after these answers, in their order; those past a verdict do not count."""
        right = seen = 0
        for answer in answers:
            seen, right = seen + 1, right + bool(answer)
            found = self.after(right=right, seen=seen)
            if found.verdict != CONTINUE:
                return found
        return self.after(right=right, seen=seen)

    def after(self, *, right: int, seen: int) -> Decision:
        """The decision after so many right answers of so many."""
        up, down = self.step
        low, high = self.bounds
        evidence = right * up + (seen - right) * down
        if evidence >= high:
            verdict, reason = ACCEPT, ENOUGH
        elif evidence <= low:
            verdict, reason = REJECT, TOO_MANY
        elif seen >= self.most:
            verdict, reason = (ACCEPT if evidence > 0 else REJECT), BOUND
        else:
            verdict, reason = CONTINUE, OPEN
        return Decision(verdict, reason, right, seen, evidence, low, high)
