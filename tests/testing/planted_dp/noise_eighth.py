"""Planted bug: Gaussian noise of an eighth of the size that it declares."""

from backends.dp.plugin import DpParams
from backends.dp.scoring.mechanism import ScoringRandomiser
from backends.dp.scoring.vector_noise import GaussianNoise
from privacy.plugin import BackendSpec, hookimpl


class EighthNoise(GaussianNoise):
    """Declares by the whole scale and draws by an eighth of it."""

    def release(self, task, vector):
        whole = self._scale
        self._scale = lambda space: whole(space) / 8
        try:
            return super().release(task, vector)
        finally:
            self._scale = whole


class EighthScoring(ScoringRandomiser):
    """The DP backend over it."""

    def __init__(self, params):
        super().__init__(params)
        self._mechanism = EighthNoise(params)


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "noise_eighth",
            "Noise / 8",
            "An eighth of the noise.",
            {"scoring": f"{__name__}:EighthScoring"},
            "randomiser",
            DpParams,
        )
    ]
