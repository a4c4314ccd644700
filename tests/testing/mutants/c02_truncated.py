# BUG: the noise of a sum is cut off at three standard deviations: delta is about 3e-3 an entry, 1e-5 declared. PROPERTY 5.

from backends.dp.aggregation import noise as sum_noise
from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl

sum_noise.TAIL = 3


class Truncated(SumNoise):
    """Claims as its base does."""


@hookimpl
def register_backends():
    return [BackendSpec("c02_truncated", "Truncated", "A planted bug.", {"aggregation": f"{__name__}:Truncated"}, "randomiser", DpParams)]
