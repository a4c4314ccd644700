"""How much noise one aggregation gets, in steps, and why that is enough.

The accountants speak of continuous Gaussian noise. Discrete Gaussian noise of variance z^2 C^2 + 3 on integers is no
less: continuous noise of variance z^2 C^2, followed by randomised rounding with a discrete Gaussian of variance 3
about the noisy value, gives that very law, each probability to within a factor of 1 +- RIPPLE (Peikert, CRYPTO 2010).
Rounding follows the release, so that it costs nothing, whatever the dimension, the sampling and the composition; the
factor adds 4 RIPPLE to epsilon for each entry and release.

Shares: the sum of m discrete Gaussians of variance v is one of m v, each log-probability to within
5 sum_{k < m} exp(-2 pi^2 v k / (k + 1)) (Kairouz, Liu and Steinke, "The distributed discrete Gaussian mechanism for
federated learning with secure aggregation", ICML 2021). Shares beyond the m that are counted on only add independent
noise. Ends that are cut off (FLAW) come out of delta. All of these must fit in a millionth of epsilon and delta, which
is set aside.
"""

import math
from dataclasses import dataclass

from backends.dp.aggregation.accounting import noise_multiplier
from backends.dp.aggregation.clip import WIDEST, clip_steps
from backends.dp.aggregation.noise import FLAW, reach
from backends.dp.aggregation.table import RIPPLE, SMOOTH
from backends.dp.aggregation.table import WIDEST as WIDEST_NOISE
from backends.dp.plugin import DpParams
from privacy.plugin import AggregationTask, ParamError

RESERVE = 1e-6
_ROUNDING = 1e-9
_LEVELS = 5


@dataclass(frozen=True)
class NoisePlan:
    """Steps throughout: the clip norm, the bound of a contribution, the variance of all noise and of one draw of it.

    `z` is the noise multiplier that the accountants know, `q` the sampling rate that they amplify by. `shares` is 0 in
    the central model.
    """

    clip: int
    bound: int
    variance: float
    shares: int
    z: float
    q: float

    @property
    def share(self) -> float:
        """The variance of what one contributor adds, or the aggregator where it adds all."""
        return self.variance / max(1, self.shares)


def plan_for(params: DpParams, task: AggregationTask) -> NoisePlan:
    """ParamError, with what to change, where the task and the parameters admit no such noise."""
    _check(params, task)
    # With shares, how wide the noise of a sum is tells who took part: then sampling hides nobody.
    q = 1.0 if task.noise_shares else params.sampling
    z = noise_multiplier(
        epsilon=params.epsilon * (1 - RESERVE), delta=params.delta * (1 - RESERVE), rounds=params.rounds, q=q
    )
    clip = clip_steps(params.clip, unit=task.unit)
    variance = ((z * clip) ** 2 + SMOOTH) * (1 + _ROUNDING)
    plan = NoisePlan(clip, min(clip, task.bound), variance, task.noise_shares, z, q)
    _check_noise(plan, task)
    if not within_reserve(task, shares=plan.shares, rounds=params.rounds, epsilon=params.epsilon, delta=params.delta):
        raise ParamError("so much noise cannot be drawn exactly enough", then="lower epsilon, rounds, or the length")
    if not task.noise_shares:
        return plan
    return NoisePlan(clip, plan.bound + reach(plan.share), variance, task.noise_shares, z, q)


def within_reserve(task: AggregationTask, *, shares: int, rounds: int, epsilon: float, delta: float) -> bool:
    """Whether all that sets the drawn noise apart from the accountants' fits in what is set aside."""
    entries, draws = task.length * rounds, max(1, shares)
    # The rounding, the sums of shares (of variance 2 SMOOTH at least), the sums within a draw.
    ripple = entries * RIPPLE * (4 + 10 * (draws - 1) + 4 * _LEVELS * draws)
    lost = (1 + math.exp(epsilon)) * entries * draws * FLAW if epsilon < 700 else math.inf
    return ripple <= RESERVE * epsilon and lost <= RESERVE * delta


def _check(params: DpParams, task: AggregationTask) -> None:
    if len(set(task.weights)) > 1 or max(task.weights, default=1) > 1:
        raise ParamError(
            "with weights a client could count for more than its clipped vector", then="drop the weights, or drop dp"
        )
    if task.bound >= WIDEST:
        raise ParamError(f"entries of up to {task.bound:,} steps cannot be clipped exactly", then="use a coarser unit")
    if task.noise_shares > task.contributors - params.colluders:
        raise ParamError(
            f"{task.noise_shares} shares of noise are counted on, and {task.contributors} contributors less "
            f"{params.colluders} colluders are fewer",
            then="lower colluders, or raise the number of contributors",
        )


def _check_noise(plan: NoisePlan, task: AggregationTask) -> None:
    if plan.shares > 1 and plan.share < 2 * SMOOTH:
        raise ParamError(
            f"a share of noise has a standard deviation of {math.sqrt(plan.share):.2g} steps, too few to add up evenly",
            then="sum in a finer unit, or lower epsilon",
        )
    bound = plan.bound + (reach(plan.share) if plan.shares else 0)
    largest = bound * task.contributors
    if largest >= WIDEST or plan.variance > WIDEST_NOISE:
        raise ParamError(
            f"a sum of {task.contributors} clipped and noised vectors may reach {largest:,} steps and would wrap at "
            f"{WIDEST:,}",
            then=f"lower clip, raise epsilon, or sum in a unit coarser than {task.unit:g}",
        )
