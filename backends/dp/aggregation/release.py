"""The randomiser of sums: which noise, by the parameter and by what is summed."""

from typing import Any

from backends.dp.aggregation.noise import CentralNoise
from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.aggregation.votes import TallyNoise, VoteResponse, VoteTally
from backends.dp.plugin import AUTOMATIC, GAUSSIAN, KRR, LAPLACE, DpParams
from privacy.plugin import AggregationTask, OutputPrivacy, PrivacyCost, Seat, SumRandomiser


class SumRelease(SumRandomiser):
    """Sums under the noise that the parameter `sum_noise` names; without a name, krr for votes and gaussian for all."""

    central_kinds = (CentralNoise, TallyNoise)

    def __init__(self, params: DpParams | None = None) -> None:
        super().__init__(params or DpParams())
        self._made = {
            GAUSSIAN: SumNoise(self.params), KRR: VoteResponse(self.params), LAPLACE: VoteTally(self.params),
        }  # fmt: skip

    def of(self, task: AggregationTask) -> SumRandomiser:
        """The noise of this sum."""
        usual = KRR if task.one_hot > 1 else GAUSSIAN
        return self._made[usual if self.params.sum_noise == AUTOMATIC else self.params.sum_noise]

    def local(self, task: AggregationTask) -> bool:
        return self.of(task).local(task)

    @property
    def releases(self) -> int:
        return int(self.params.rounds) if self.params.sum_noise in (AUTOMATIC, GAUSSIAN) else 1

    def price(self, task: AggregationTask) -> PrivacyCost:
        return self.of(task).price(task)

    def carried(self, task: AggregationTask) -> AggregationTask:
        return self.of(task).carried(task)

    def randomise(self, value: object, seat: Seat[AggregationTask]) -> Any:
        return self.of(seat.task).randomise(value, seat)

    def central(self, task: AggregationTask) -> Any:
        return self.of(task).central(task)

    def deviation(self, task: AggregationTask, *, contributors: int) -> float | None:
        return self.of(task).deviation(task, contributors=contributors)

    def cost(self, task: AggregationTask) -> PrivacyCost:
        return self.of(task).cost(task)

    def output(self, task: AggregationTask) -> OutputPrivacy:
        return self.of(task).output(task)

    def output_for(self, observer: str, task: AggregationTask) -> OutputPrivacy | None:
        return self.of(task).output_for(observer, task)

    def statement(self, task: AggregationTask) -> str:
        return self.of(task).statement(task)
