# BUG: noise is drawn once and kept for all users: what it hides of one, the next one takes away. PROPERTY 5.
from backends.dp.aggregation import noise, randomiser
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl

_draw, _KEPT = noise.draw, {}


def draw(seat, *, length, variance):
    if (length, variance) not in _KEPT:
        _KEPT[length, variance] = _draw(seat, length=length, variance=variance)
    return _KEPT[length, variance].copy()


noise.draw = randomiser.draw = draw


class NoiseForAll(randomiser.SumNoise):
    """Claims as its base does."""


@hookimpl
def register_backends():
    where = {"aggregation": f"{__name__}:NoiseForAll"}
    return [BackendSpec("noise_for_all", "N", "A planted bug.", where, "randomiser", DpParams)]
