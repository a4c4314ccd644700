"""Noise for sums of votes: each vote randomised on its device, or noise on the whole tally.

What is protected is one vote, given that it is cast: who votes on what is public either way.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.dp.opendp_glue import laplace, randomised_response, rho_of_pure
from privacy.plugin import (
    AggregationTask,
    BoundaryError,
    OutputPrivacy,
    ParamError,
    PrivacyCost,
    Seat,
    SumRandomiser,
    check_contribution,
)

Ints = npt.NDArray[np.int64]

_READS_INPUTS = "aggregator"
_CHANGED = 2
"""Entries of a tally that another vote changes, by one each."""


class VoteResponse(SumRandomiser):
    """k-ary randomised response on every vote (Warner 1965; Kairouz, Bonawitz and Ramage, ICML 2016).

    A randomised vote is a vote: whoever proves votes valid proves it too. Another vote of the same person is another
    unit; the same vote sent again must be the value that was sent before.
    """

    def local(self, task: AggregationTask) -> bool:
        """Always: no vote counts on another's noise."""
        return True

    def carried(self, task: AggregationTask) -> AggregationTask:
        """The task itself. ParamError where there do not count as votes, or only one answer."""
        self._response(task)
        return task

    def randomise(self, value: object, seat: Seat[AggregationTask]) -> Ints:
        """Runs on a contributor: its vector with every vote randomised, int64 (length,); no vote stays none.

        BoundaryError, before any noise is drawn, for what is no vector of votes, and for a seeded seat.
        """
        vector = np.asarray(value)
        check_contribution(seat.task, seat.party, vector)
        if seat.random.seeded:
            text = "a seeded source of randomness cannot randomise"
            raise BoundaryError(text, then="leave the noise to the operating system")
        response, _ = self._response(seat.task)
        votes = vector.astype(np.int64).reshape(-1, seat.task.one_hot)
        out = np.zeros_like(votes)
        for place in np.flatnonzero(votes.any(axis=1)):
            out[place, int(response(int(votes[place].argmax())))] = 1
        return out.reshape(-1)

    def central(self, task: AggregationTask) -> None:
        """None: devices add all noise."""

    def cost(self, task: AggregationTask) -> PrivacyCost:
        """What one vote spends, rounded up."""
        _, epsilon = self._response(task)
        return PrivacyCost(epsilon=epsilon, rho=rho_of_pure(epsilon))

    def output(self, task: AggregationTask) -> OutputPrivacy:
        """The bound towards everybody who reads what a device sends."""
        cost = self.cost(task)
        return OutputPrivacy(
            epsilon=cost.epsilon, delta=0.0, unit="vote", neighbours="replace one vote", model="local",
            accountant="pure epsilon, by OpenDP's map of randomised response", rho=cost.rho,
        )  # fmt: skip

    def output_for(self, observer: str, task: AggregationTask) -> OutputPrivacy:
        """The same towards every observer."""
        return self.output(task)

    def _response(self, task: AggregationTask) -> tuple[Any, float]:
        if task.one_hot < 2:
            raise ParamError(
                "krr randomises votes between two answers or more, and this sum has none",
                then="choose gaussian noise, or ask for votes",
            )
        return randomised_response(task.one_hot, epsilon=float(self.params.epsilon))


@dataclass(frozen=True)
class TallyNoise:
    """The aggregator's own input where it adds all noise of a tally itself: for which epsilon, to how many entries."""

    epsilon: float
    length: int

    def add(self, total: object, seat: Seat[Any]) -> Ints:
        """Runs on the aggregator: the noised tally, int64 (length,).

        BoundaryError for what is no vector of that many integers, and for a seeded seat.
        """
        array = np.asarray(total)
        if array.shape != (self.length,) or array.dtype.kind not in "iu":
            raise BoundaryError(f"noise is for {self.length} integers, not for {array.dtype} {array.shape}")
        if seat.random.seeded:
            text = "a seeded source of randomness cannot randomise"
            raise BoundaryError(text, then="leave the noise to the operating system")
        measurement, _, _ = laplace(epsilon=self.epsilon, sensitivity=_CHANGED)
        return array.astype(np.int64) + np.array(measurement([0] * self.length), dtype=np.int64)


class VoteTally(SumRandomiser):
    """Discrete Laplace noise on the tally of votes, by the aggregator, who reads every vote.

    Ghosh, Roughgarden and Sundararajan (STOC 2009); another vote changes two entries by one each.
    """

    def carried(self, task: AggregationTask) -> AggregationTask:
        """The task itself. ParamError without votes, or where devices would have to share the noise out."""
        if not task.one_hot:
            raise ParamError("laplace noise is for tallies of votes", then="choose gaussian noise, or ask for votes")
        if task.noise_shares:
            raise ParamError(
                "laplace noise is added by an aggregator that reads the tally, and this stack has none",
                then="choose krr, which every device adds itself, or the stack dp",
            )
        if max(task.weights or (1,)) > 1:
            raise ParamError("laplace noise is for votes of equal weight", then="choose krr, or equal weights")
        return task

    def randomise(self, value: object, seat: Seat[AggregationTask]) -> Ints:
        """Runs on a contributor: its votes as they are; BoundaryError for what is no vector of votes."""
        vector = np.asarray(value)
        check_contribution(seat.task, seat.party, vector)
        return vector.astype(np.int64)

    def central(self, task: AggregationTask) -> TallyNoise:
        """The aggregator's own input."""
        self.carried(task)
        return TallyNoise(float(self.params.epsilon), task.length)

    def cost(self, task: AggregationTask) -> PrivacyCost:
        """What one vote spends, rounded up."""
        _, epsilon, _ = laplace(epsilon=float(self.params.epsilon), sensitivity=_CHANGED)
        return PrivacyCost(epsilon=epsilon, rho=rho_of_pure(epsilon))

    def deviation(self, task: AggregationTask, *, contributors: int) -> float:
        """Of discrete Laplace noise, which is below that of the continuous law."""
        _, _, scale = laplace(epsilon=float(self.params.epsilon), sensitivity=_CHANGED)
        return float(2**0.5 * scale)

    def output(self, task: AggregationTask) -> OutputPrivacy:
        """The bound towards whoever gets the noised tally and nothing else."""
        cost = self.cost(task)
        return OutputPrivacy(
            epsilon=cost.epsilon, delta=0.0, unit="vote", neighbours="replace one vote", model="central",
            accountant="pure epsilon, by OpenDP's map of discrete Laplace noise", rho=cost.rho,
        )  # fmt: skip

    def statement(self, task: AggregationTask) -> str:
        """What a tally tells of one vote, and who adds the noise."""
        epsilon = self.cost(task).epsilon
        return (
            f"Whoever gets the tally learns of one vote at most epsilon {epsilon:g}: the aggregator, who reads every "
            "vote, adds the noise."
        )

    def output_for(self, observer: str, task: AggregationTask) -> OutputPrivacy | None:
        """The same towards everybody but the aggregator, who reads every vote."""
        return None if observer == _READS_INPUTS else self.output(task)
