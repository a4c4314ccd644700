"""Planted bug: Gaussian noise of half of the size that it declares."""

from backends.dp.plugin import DpParams
from backends.dp.scoring.mechanism import ScoringRandomiser
from backends.dp.scoring.vector_noise import GaussianNoise
from privacy.plugin import BackendSpec, hookimpl


class HalfNoise(GaussianNoise):
    """Declares by the whole scale and draws by half of it."""

    def release(self, task, vector):
        whole = self._scale
        self._scale = lambda space: whole(space) / 2
        try:
            return super().release(task, vector)
        finally:
            self._scale = whole


class HalfScoring(ScoringRandomiser):
    """The DP backend over it."""

    def __init__(self, params):
        super().__init__(params)
        self._mechanism = HalfNoise(params)


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "noise_half",
            "Noise / 2",
            "Half of the noise.",
            {"scoring": f"{__name__}:HalfScoring"},
            "randomiser",
            DpParams,
        )
    ]
