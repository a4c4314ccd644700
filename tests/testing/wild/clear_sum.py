# BUG: "secure aggregation" that prints its guarantee and adds in the clear. PROPERTY 2.
import numpy as np

from privacy.plugin import BackendSpec, hookimpl
from tests.support.planted_sums import Padder, PadHolder, Pads


class Contributor(Padder):
    """Runs on a contributor."""

    def mask(self, seed):
        return np.zeros(self.seat.task.length, dtype=np.uint64)


class Collector(PadHolder):
    """Runs on the collector."""

    def mask(self, seed):
        return np.zeros(self.seat.task.length, dtype=np.uint64)


class ClearSum(Pads):
    """Claims as its base does."""

    def contributor(self, seat):
        return Contributor(seat)

    def collector(self, seat):
        return Collector(seat)


@hookimpl
def register_backends():
    return [BackendSpec("clear_sum", "Clear sum", "A planted bug.", {"aggregation": f"{__name__}:ClearSum"})]
