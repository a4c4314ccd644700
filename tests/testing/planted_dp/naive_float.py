"""Planted bug: the right amount of noise, drawn as floats by NumPy and added to floats."""

from dataclasses import dataclass

import numpy as np

from privacy.plugin import BackendSpec, OutputPrivacy, PrivacyCost, Randomiser, check_vector, hookimpl, param


@dataclass(frozen=True)
class NaiveParams:
    """Parameters of the naive mechanism."""

    epsilon: float = param(1.0, help="Privacy loss of one release.", low=0.05, high=64.0)


class NaiveScoring(Randomiser):
    """Clips to the unit ball and adds Laplace noise for its diameter in L1."""

    def randomise(self, value, seat):
        vector = check_vector(seat.task, value) / 256
        vector /= max(1.0, np.linalg.norm(vector))
        scale = 2 * np.sqrt(len(vector)) / self.params.epsilon
        return vector + np.random.default_rng().laplace(0, scale, len(vector))

    def cost(self, task):
        return PrivacyCost(self.params.epsilon, 0.0)

    def output(self, task):
        return OutputPrivacy(self.params.epsilon, 0.0, "user and period", "replace-one", "local", "pure epsilon")


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "naive_float",
            "Naive floats",
            "NumPy's noise.",
            {"scoring": f"{__name__}:NaiveScoring"},
            "randomiser",
            NaiveParams,
        )
    ]
