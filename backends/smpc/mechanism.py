"""Aggregation by secret sharing: the two schemes behind one mechanism."""

from backends.smpc import promises
from backends.smpc.aggregator import Aggregator
from backends.smpc.collector import Collector
from backends.smpc.contributor import Contributor
from backends.smpc.plugin import TWO_SERVERS, SmpcParams
from backends.smpc.rules import Rules
from backends.smpc.two_servers import SERVERS, Adder, Expander, Joiner, Splitter, check_task
from privacy.plugin import AGGREGATOR, Aggregation, AggregationTask, Guarantee, Party, Role, Seat


class SmpcAggregation(Aggregation):
    """Masks (Bonawitz et al. 2017, Bell et al. 2020) or additive shares to two servers."""

    streamed = frozenset({"masked", "share"})

    def __init__(self, params: SmpcParams | None = None) -> None:
        super().__init__(params or SmpcParams())
        self._split = self.params.scheme == TWO_SERVERS
        self.most_simulated = 100_000 if self._split else 200
        self.aggregators: tuple[Party, ...] = SERVERS if self._split else (AGGREGATOR,)

    def _rules(self, task: AggregationTask) -> Rules:
        return Rules.of(task, neighbours=self.params.neighbours)

    def contributor(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        return Splitter(seat) if self._split else Contributor(seat, self._rules(seat.task))

    def aggregator(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        if not self._split:
            return Aggregator(seat, self._rules(seat.task))
        return Adder(seat) if seat.party == SERVERS[0] else Expander(seat)

    def collector(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        return Joiner(seat) if self._split else Collector(seat, self._rules(seat.task))

    def parties(self, task: AggregationTask) -> tuple[Party, ...]:
        """All parties; ParamError for a task that the scheme cannot serve."""
        if self._split:
            check_task(task)
        else:
            self._rules(task)
        return super().parties(task)

    def rounds(self, task: AggregationTask) -> int:
        return 7 if self._split else 11

    def threshold(self, task: AggregationTask) -> int:
        return task.minimum if self._split else self._rules(task).stay

    def guarantee(self, task: AggregationTask) -> Guarantee:
        if self._split:
            check_task(task)
            return promises.of_two_servers(task)
        return promises.of_masks(self._rules(task))
