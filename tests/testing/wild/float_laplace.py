# BUG: Laplace noise from one uniform float, by the inverse of its distribution: low-order bits tell. PROPERTY 5.
import secrets

import numpy as np

from backends.dp.plugin import DpParams
from privacy.plugin import BackendSpec, OutputPrivacy, PrivacyCost, Randomiser, check_vector, hookimpl

_RANDOM = secrets.SystemRandom()


class FloatLaplace(Randomiser):
    """Clips to the unit ball, and adds noise for its diameter in L1."""

    def randomise(self, value, seat):
        vector = check_vector(seat.task, value) / 256
        vector /= max(1.0, np.linalg.norm(vector))
        scale = 2 * np.sqrt(len(vector)) / self.params.epsilon
        uniform = np.array([_RANDOM.random() - 0.5 for _ in vector])
        return vector - scale * np.sign(uniform) * np.log(1 - 2 * np.abs(uniform))

    def cost(self, task):
        return PrivacyCost(self.params.epsilon, 0.0)

    def output(self, task):
        return OutputPrivacy(self.params.epsilon, 0.0, "user and period", "replace-one", "local", "pure epsilon")


@hookimpl
def register_backends():
    where = {"scoring": f"{__name__}:FloatLaplace"}
    return [BackendSpec("float_laplace", "Float Laplace", "A planted bug.", where, "randomiser", DpParams)]
