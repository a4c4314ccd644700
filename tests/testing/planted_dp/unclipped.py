"""Planted bug: noise for unit vectors, and nothing that makes a vector one."""

from dataclasses import dataclass

import numpy as np
import opendp.prelude as dp

from privacy.plugin import BackendSpec, OutputPrivacy, PrivacyCost, Randomiser, check_vector, hookimpl, param

dp.enable_features("contrib")

_STEPS = 256
# Of standard deviation over sensitivity, for epsilon 1 and delta 1e-5 (Balle and Wang 2018).
_NOISE = 3.7307


@dataclass(frozen=True)
class UnclippedParams:
    """Parameters of the mechanism."""

    delta: float = param(1e-5, help="Chance that epsilon does not hold.", low=1e-5, high=2e-5)


class UnclippedScoring(Randomiser):
    """Gaussian noise for a sensitivity of 2 units, which longer vectors exceed."""

    def __init__(self, params):
        super().__init__(params)
        space = dp.vector_domain(dp.atom_domain(T="i64")), dp.l2_distance(T=float)
        self._noise = space >> dp.m.then_gaussian(scale=_NOISE * 2 * _STEPS)

    def randomise(self, value, seat):
        vector = check_vector(seat.task, value)
        noised = np.array(self._noise(vector.tolist()))
        return np.rint(noised / np.linalg.norm(noised) * _STEPS).astype(np.int64)

    def cost(self, task):
        return PrivacyCost(float("inf"), self._noise.map(2.0 * _STEPS))

    def output(self, task):
        return OutputPrivacy(1.0, self.params.delta, "user and period", "replace-one", "local", "analytic Gaussian")


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "unclipped",
            "Unclipped",
            "Understates its sensitivity.",
            {"scoring": f"{__name__}:UnclippedScoring"},
            "randomiser",
            UnclippedParams,
        )
    ]
