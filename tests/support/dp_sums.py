"""What tests of sums under differential privacy share: a task, the randomiser and a contributor's seat."""

from dataclasses import replace

from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.plugin import DpParams
from privacy.plugin import AggregationTask, Seat
from privacy.primitives.aggregation import contributor

TASK = AggregationTask(contributors=30, length=5, bound=5000, unit=1e-3, minimum=20)
SHARED = replace(TASK, noise_shares=18)


def made(**params: object) -> SumNoise:
    return SumNoise(DpParams(**params))


def seat(task: AggregationTask = TASK, index: int = 1) -> Seat[AggregationTask]:
    return Seat(contributor(index), task)
