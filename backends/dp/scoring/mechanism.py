"""The randomiser of scoring: checks the taste vector, then releases one of its kind."""

import numpy as np
import numpy.typing as npt

from backends.dp.plugin import DpParams
from backends.dp.scoring.krr import TopicResponse
from backends.dp.scoring.vector_noise import GaussianNoise, LaplaceNoise, VectorNoise
from privacy.plugin import (
    BoundaryError,
    OutputPrivacy,
    PrivacyCost,
    Randomiser,
    ScoringTask,
    Seat,
    check_vector,
)

_MECHANISMS: dict[str, type[TopicResponse | VectorNoise]] = {
    "krr": TopicResponse,
    "gaussian": GaussianNoise,
    "laplace": LaplaceNoise,
}


class ScoringRandomiser(Randomiser[ScoringTask]):
    """Local differential privacy of a taste vector; neighbours are any two vectors that the task admits."""

    def __init__(self, params: DpParams | None = None) -> None:
        super().__init__(params or DpParams())
        self._mechanism = _MECHANISMS[self.params.mechanism](self.params)

    def randomise(self, value: object, seat: Seat[ScoringTask]) -> npt.NDArray[np.int64]:
        """Runs on the input party: a released vector, int64 (d,), within the task's bound.

        BoundaryError, before any noise is drawn, for what is no quantised vector (floats, NaN, infinity, another
        shape, an entry past the bound) and for a seeded seat; ParamError for a task without topic centres.
        """
        vector = check_vector(seat.task, value)
        if seat.random.seeded:
            raise BoundaryError(
                "a seeded source of randomness cannot randomise", then="leave the noise to the operating system"
            )
        return self._mechanism.release(seat.task, vector)

    def cost(self, task: ScoringTask) -> PrivacyCost:
        """What one release spends: the pure epsilon (infinite for Gaussian noise) and rho, both rounded up."""
        return self._mechanism.cost(task)

    def output(self, task: ScoringTask) -> OutputPrivacy:
        """The bound of one release of one user's taste in one period, against any observer of it."""
        return self._mechanism.output(task)
