# BUG: the bound does not grow with the number of released sums: 100 rounds are declared and charged as one. PROPERTY 4 (epsilon and cost grow with k).
from dataclasses import replace

from backends.dp.aggregation.randomiser import SumNoise
from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, hookimpl


class RoundsOnce(SumNoise):
    """Noise and claims of a single round, whatever `rounds` is."""

    def __init__(self, params=None):
        super().__init__(replace(params or DpParams(), rounds=1))


@hookimpl
def register_backends():
    return [BackendSpec("c11_rounds_once", "Rounds once", "A planted bug.", {"aggregation": f"{__name__}:RoundsOnce"}, "randomiser", DpParams)]
