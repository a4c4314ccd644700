# BUG: epsilon is used as the noise multiplier: the larger it is, the more noise, and small ones have none. PROPERTY 5.
from dataclasses import replace

from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl


class EpsilonMultiplier(SumNoise):
    """Claims as its base does."""

    def plan(self, task):
        plan = super().plan(task)
        return replace(plan, variance=max(1.0, (self.params.epsilon * plan.clip) ** 2))


@hookimpl
def register_backends():
    where = {"aggregation": f"{__name__}:EpsilonMultiplier"}
    return [BackendSpec("epsilon_multiplier", "E", "A planted bug.", where, "randomiser", DpParams)]
