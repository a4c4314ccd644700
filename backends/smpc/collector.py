"""The collector of masked aggregation: reads the sum that the aggregator unmasked."""

from collections.abc import Sequence

import numpy as np

from backends.smpc.rules import Rules
from privacy.plugin import (
    AGGREGATOR,
    AggregationTask,
    Done,
    Role,
    Seat,
    StepResult,
    Sum,
    Wire,
    WireError,
    contributor,
    unpack,
    unpack_roll,
)


class Collector(Role[AggregationTask]):
    """Runs on the collector: it holds no key and meets no contributor."""

    def __init__(self, seat: Seat[AggregationTask], rules: Rules) -> None:
        super().__init__(seat)
        self._rules = rules

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        """Runs on the collector: check the sum and who is in it."""
        if not inbox:
            return ()
        if [(w.sender, w.kind) for w in inbox] != [(AGGREGATOR, "sum")]:
            raise WireError("something else came where the aggregator's sum was due")
        task = self.seat.task
        included, refused, body = unpack_roll(inbox[0].body, task)
        total = unpack(body, shape=(task.length,), dtype=np.int32).astype(np.int64)
        check_release(self._rules.stay, included, total, task)
        return Done(Sum(total, included, refused))


def check_release(fewest: int, included: tuple[int, ...], total: np.ndarray, task: AggregationTask) -> None:
    """WireError for a sum of too few, or one that exceeds what its contributors can add up to."""
    if len(included) < fewest:
        raise WireError(f"the sum holds {len(included)} contributions and {fewest} are needed")
    bound = task.bound * sum(task.weight(contributor(i)) for i in included)
    if total.min() < -bound or total.max() > bound:
        raise WireError("the sum exceeds its bound")
