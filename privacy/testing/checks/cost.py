"""Checks of the arithmetic that a randomiser declares: cost against bound, order in epsilon, a second accountant."""

import dataclasses
import itertools
import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from privacy.errors import VeilbenchError
from privacy.guarantees import OutputPrivacy
from privacy.mechanism import PrivacyCost
from privacy.primitives.aggregation import AggregationTask
from privacy.randomiser import SumRandomiser
from privacy.services.accounting import MICRO, converted, micro_up, price_of
from privacy.testing.bench import CheckResult
from privacy.testing.randomiser_bench import RandomiserBench, verdict
from privacy.testing.wording import loose_words

_AGREE = 0.01
_SWEEP = 7
_ROUNDS, _GROWS = 100, 0.5
"""Rounds that are held against one, and the least part of them that the cost must show: rounding takes the rest."""
_WORDS = ("unit", "neighbours", "model", "accountant")


def check_cost(bench: RandomiserBench) -> CheckResult:
    """The bound is complete, and the cost that is charged covers it."""
    title = "declared cost covers the declared bound"
    randomiser = bench.randomiser()
    bound, cost = randomiser.output(bench.task), randomiser.cost(bench.task)
    found = [f"its {word} is not named" for word in _WORDS if not str(getattr(bound, word)).strip()]
    if not 0 < bound.epsilon < math.inf or not 0 <= bound.delta < 1:
        return verdict("cost", title, [*found, f"epsilon {bound.epsilon:g} with delta {bound.delta:g} is no bound"], "")
    try:
        price = price_of(cost)
    except VeilbenchError as error:
        return verdict("cost", title, [*found, str(error)], "")
    if bound.delta == 0 and cost.epsilon < bound.epsilon:
        found.append(f"epsilon {cost.epsilon:g} is charged for a bound of {bound.epsilon:g}")
    if bound.delta > 0 and math.isinf(cost.epsilon) and converted(price.rho, delta=bound.delta) / MICRO < bound.epsilon:
        found.append(f"rho {cost.rho:g} is charged, too little for epsilon {bound.epsilon:g} at {bound.delta:g}")
    found += loose_words({**bench.texts, "statement": randomiser.statement(bench.task)})
    if not randomiser.statement(bench.task).strip():
        found.append("its statement is empty")
    spent = f"rho {cost.rho:g}" + (f" and epsilon {cost.epsilon:g}" if math.isfinite(cost.epsilon) else "")
    return verdict("cost", title, found, f"{spent} charged for epsilon {bound.epsilon:g}, delta {bound.delta:g}")


def check_monotone(bench: RandomiserBench) -> CheckResult:
    """Costs grow with epsilon and with rounds, and a second accountant agrees where noise is Gaussian."""
    title = "costs in order of epsilon, accountants agree"
    fields = {f.name: f for f in dataclasses.fields(bench.params)}
    if "epsilon" not in fields:
        return CheckResult("monotone", title, None, "it has no parameter named epsilon")
    meta = fields["epsilon"].metadata
    low, high = meta.get("low") or 0.05, meta.get("high") or 64.0
    sweep = np.clip(np.geomspace(low, high, _SWEEP), low, high)
    claims = [_claims(bench, float(e)) for e in sweep]
    found = []
    for name, read in _FIGURES.items():
        figures = [read(*claim) for claim in claims]
        if any(b < a for a, b in itertools.pairwise(figures)) or math.isnan(sum(figures)):
            found.append(f"{name} falls while epsilon grows: {', '.join(f'{f:g}' for f in figures)}")
    if not claims[0][0].epsilon < claims[-1][0].epsilon:
        found.append("the declared epsilon does not follow the parameter")
    found += _once_for_all(bench, fields)
    gaps = [_disagreement(*claim) for claim in claims]
    agreed = [g for g in gaps if g is not None]
    if agreed and not max(agreed) <= _AGREE:
        found.append(f"two accountants differ by up to {max(agreed):.1%}")
    fine = f"{len(sweep)} values of epsilon" + (f"; accountants within {max(agreed):.2%}" if agreed else "")
    return verdict("monotone", title, found, fine)


def _once_for_all(bench: RandomiserBench, fields: Mapping[str, Any]) -> list[str]:
    """Whether many rounds of Gaussian noise are charged as one: rho over the noise's precision grows with them."""
    if "rounds" not in fields or not isinstance(bench.task, AggregationTask):
        return []
    many = min(_ROUNDS, int(fields["rounds"].metadata.get("high") or _ROUNDS))
    products = []
    for rounds in (1, many):
        randomiser = bench.make(dataclasses.replace(bench.params, rounds=rounds))
        if not isinstance(randomiser, SumRandomiser):
            return []
        deviation = randomiser.deviation(bench.task, contributors=bench.task.contributors)
        if not deviation or "gauss" not in randomiser.output(bench.task).accountant.lower():
            return []
        products.append(randomiser.cost(bench.task).rho * deviation**2)
    if products[1] >= _GROWS * many * products[0]:
        return []
    return [f"{many} rounds are charged as {max(1, round(products[1] / products[0]))}, under as much noise"]


_FIGURES: dict[str, Callable[[OutputPrivacy, PrivacyCost], float]] = {
    "the declared epsilon": lambda bound, cost: bound.epsilon,
    "the epsilon that is charged": lambda bound, cost: min(cost.epsilon, 1e300),
    "the rho that is charged": lambda bound, cost: cost.rho,
}


def _claims(bench: RandomiserBench, epsilon: float) -> tuple[OutputPrivacy, PrivacyCost]:
    randomiser = bench.make(dataclasses.replace(bench.params, epsilon=epsilon))
    return randomiser.output(bench.task), randomiser.cost(bench.task)


def _disagreement(bound: OutputPrivacy, cost: PrivacyCost) -> float | None:
    """How far the declared epsilon lies from what rho alone says of Gaussian noise; None for other noise.

    Gaussian noise of rho = mu^2 / 2 has the delta of Dong, Roth and Su 2022 (Corollary 2.13), which is exact; the
    conversion from rho is an upper bound, and must not lie below the declared epsilon.
    """
    if "gauss" not in bound.accountant.lower() or not 0 < cost.rho < math.inf:
        return None
    exact = gaussian_epsilon(math.sqrt(2 * cost.rho), delta=bound.delta)
    loose = converted(micro_up(cost.rho), delta=bound.delta) / MICRO
    return max(abs(bound.epsilon - exact) / exact, (bound.epsilon - loose) / bound.epsilon)


def gaussian_epsilon(mu: float, *, delta: float) -> float:
    """The epsilon at `delta` of mu-Gaussian differential privacy, by SciPy's logarithms of tails."""
    from scipy.optimize import brentq
    from scipy.stats import norm

    def excess(epsilon: float) -> float:
        near, far = (float(norm.logcdf(x - epsilon / mu)) for x in (mu / 2, -mu / 2))
        return math.exp(near) - math.exp(epsilon + far) - delta

    if excess(0.0) <= 0:
        return 0.0
    return float(brentq(excess, 0.0, mu * mu / 2 + 40 * mu, xtol=1e-12, rtol=1e-10))
