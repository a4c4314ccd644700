"""Planted bug: Gaussian noise of a quarter of the size that it declares."""

from backends.dp.plugin import DpParams
from backends.dp.scoring.mechanism import ScoringRandomiser
from backends.dp.scoring.vector_noise import GaussianNoise
from privacy.plugin import BackendSpec, hookimpl


class QuarterNoise(GaussianNoise):
    """Declares by the whole scale and draws by a quarter of it."""

    def release(self, task, vector):
        whole = self._scale
        self._scale = lambda space: whole(space) / 4
        try:
            return super().release(task, vector)
        finally:
            self._scale = whole


class QuarterScoring(ScoringRandomiser):
    """The DP backend over it."""

    def __init__(self, params):
        super().__init__(params)
        self._mechanism = QuarterNoise(params)


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "noise_quarter",
            "Noise / 4",
            "A quarter of the noise.",
            {"scoring": f"{__name__}:QuarterScoring"},
            "randomiser",
            DpParams,
        )
    ]
