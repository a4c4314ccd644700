# UNSEEN: the noise of a sum is cut off at five and a half standard deviations: too few draws lie there to miss them.
from backends.dp.aggregation import noise, randomiser
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl

noise.TAIL = 5.5


class FarTail(randomiser.SumNoise):
    """Claims as its base does."""


@hookimpl
def register_backends():
    where = {"aggregation": f"{__name__}:FarTail"}
    return [BackendSpec("far_tail", "Far tail", "A planted bug.", where, "randomiser", DpParams)]
