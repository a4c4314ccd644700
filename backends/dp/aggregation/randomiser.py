"""The randomiser of aggregation: each client clips its vector, and noise covers what one client adds to the sum."""

import math
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from backends.dp.aggregation.accounting import caveat
from backends.dp.aggregation.clip import clipped
from backends.dp.aggregation.noise import CentralNoise, draw
from backends.dp.aggregation.plan import RESERVE, NoisePlan, plan_for, within_reserve
from backends.dp.opendp_glue import rounded_up
from backends.dp.plugin import DpParams
from privacy.plugin import (
    AggregationTask,
    OutputPrivacy,
    PrivacyCost,
    Seat,
    SumRandomiser,
    check_contribution,
)
from privacy.plugin.accounting import epsilon_of

_READS_INPUTS = "aggregator"
_KNOWS_COHORT = ("aggregator", "collector")
"""Who learns whose contributions are in a sum: towards them sampling hides nobody."""


class SumNoise(SumRandomiser):
    """Client-level differential privacy of sums, by clipping and discrete Gaussian noise.

    `epsilon` and `delta` cover all `rounds` together. Neighbours: in the central model, with and without one client;
    with shares of noise, one client's vector or zeros, as who takes part is then no secret.
    """

    def __init__(self, params: DpParams | None = None) -> None:
        super().__init__(params or DpParams())

    def carried(self, task: AggregationTask) -> AggregationTask:
        """The task whose bound is that of a clipped vector, with its share of noise if it has one.

        ParamError where a sum could leave a ring of 32 bits, or the noise does not fit the steps.
        """
        return replace(task, bound=self.plan(task).bound, one_hot=0)

    def randomise(self, value: object, seat: Seat[AggregationTask]) -> npt.NDArray[np.int64]:
        """Runs on a contributor: its clipped vector, int64 (length,), with its share of noise if it has one.

        BoundaryError, before any noise is drawn, for what is no vector of whole steps within the task's bound; and
        for a seeded seat where noise is drawn.
        """
        vector = check_contribution(seat.task, seat.party, value)
        plan = self.plan(seat.task)
        out = clipped(vector, most=plan.clip)
        if plan.shares:
            out += draw(seat, length=len(out), variance=plan.share)
        return out

    def central(self, task: AggregationTask) -> CentralNoise | None:
        """The aggregator's own input where it adds all noise; None where the contributors do."""
        plan = self.plan(task)
        return None if plan.shares else CentralNoise(variance=plan.variance, length=task.length)

    @property
    def releases(self) -> int:
        return int(self.params.rounds)

    def cost(self, task: AggregationTask) -> PrivacyCost:
        """What all rounds spend of the budget of a client that takes part in each: rho, never amplified, rounded up."""
        return PrivacyCost(epsilon=math.inf, rho=rounded_up(self.params.rounds / (2 * self.plan(task).z ** 2)))

    def deviation(self, task: AggregationTask, *, contributors: int) -> float:
        """Of discrete Gaussian noise; where contributors share it out, all that took part have added theirs."""
        plan = self.plan(task)
        return math.sqrt(plan.share * (contributors if plan.shares else 1))

    def output(self, task: AggregationTask) -> OutputPrivacy:
        """The bound of all rounds towards whoever gets the noised sums and nothing else."""
        plan = self.plan(task)
        return self._bound(task, plan, epsilon=self.params.epsilon, sampled=plan.q < 1)

    def output_for(self, observer: str, task: AggregationTask) -> OutputPrivacy | None:
        """The bound towards one observer, for a carrier that hides single contributions from it.

        None towards the aggregator in the central model: it reads them. Who learns the cohort gets the bound without
        amplification: that of a client that takes part in all rounds.
        """
        plan = self.plan(task)
        if observer == _READS_INPUTS and not plan.shares:
            return None
        if observer not in _KNOWS_COHORT or plan.q >= 1:
            return self.output(task)
        p = self.params
        epsilon = epsilon_of(plan.z, q=1.0, rounds=p.rounds, delta=p.delta * (1 - RESERVE)) * (1 + RESERVE)
        if not within_reserve(task, shares=plan.shares, rounds=p.rounds, epsilon=epsilon, delta=p.delta):
            epsilon = math.inf
        return self._bound(task, plan, epsilon=epsilon, sampled=False)

    def statement(self, task: AggregationTask) -> str:
        """What the sums tell of one client, of whom that holds, and whether it means anything."""
        plan, p = self.plan(task), self.params
        who = (
            f"each contributor adds a share of the noise, and {plan.shares} of them add enough"
            if plan.shares
            else "the aggregator, who reads every vector, adds the noise"
        )
        times = "one release" if p.rounds == 1 else f"{p.rounds} releases together"
        secret = ", if it is not told who took part" if plan.q < 1 else ""
        text = (
            f"Whoever gets the sum learns of one client at most epsilon {p.epsilon:g}, delta {p.delta:g}, from "
            f"{times}{secret}: vectors are clipped to norm {p.clip:g}, and {who} ({plan.z:.3g} times the clip norm)."
        )
        return " ".join(filter(None, (text, caveat(clients=self.clients(task), epsilon=p.epsilon, z=plan.z))))

    def clients(self, task: AggregationTask) -> int:
        """How many clients a cohort is drawn from: the parameter, or the roster where it is 0."""
        return int(self.params.population or task.contributors)

    def plan(self, task: AggregationTask) -> NoisePlan:
        """How much noise there is, in steps, and its multiplier z; ParamError where there can be none."""
        return plan_for(self.params, task)

    def _bound(self, task: AggregationTask, plan: NoisePlan, *, epsilon: float, sampled: bool) -> OutputPrivacy:
        accountant = "PLD (dp-accounting), z = " if sampled else "Gaussian PLD (dp-accounting), z = "
        return OutputPrivacy(
            epsilon=epsilon,
            delta=self.params.delta,
            unit="client",
            neighbours="zero-out one client" if plan.shares else "add or remove one client",
            model="distributed" if plan.shares else "central",
            accountant=f"{accountant}{plan.z:.4g}",
            rho=self.cost(task).rho,
            sampler=f"Poisson q={plan.q:g}, cohort secret" if sampled else "none",
        )
