# BUG: only the first 16 entries of a sum are noised (a buffer of fixed size). PROPERTY 5 (at any length of the task).
import numpy as np

from backends.dp.aggregation import noise as sum_noise
from backends.dp.aggregation import randomiser as sum_randomiser
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl

_draw = sum_noise.draw


def draw(seat, *, length, variance):
    drawn = np.zeros(length, dtype=np.int64)
    drawn[:16] = _draw(seat, length=min(16, length), variance=variance)
    return drawn


sum_noise.draw = sum_randomiser.draw = draw


class LongSumsBare(sum_randomiser.SumNoise):
    """Claims as its base does."""


@hookimpl
def register_backends():
    return [BackendSpec("c10_long_sums_bare", "Long sums bare", "A planted bug.", {"aggregation": f"{__name__}:LongSumsBare"}, "randomiser", DpParams)]
