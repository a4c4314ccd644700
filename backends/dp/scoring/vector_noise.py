"""Gaussian and Laplace noise on the taste vector, in the public subspace of the topics' centres."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.dp.opendp_glue import gaussian, laplace, rho_of_pure
from backends.dp.scoring.calibration import noise_for
from backends.dp.scoring.subspace import RADIUS, Subspace, subspace_of
from privacy.plugin import OutputPrivacy, PrivacyCost, ScoringTask

Ints = npt.NDArray[np.int64]


class VectorNoise(ABC):
    """Scales the vector into a ball, adds integer noise for the ball's diameter, lifts the sum back.

    Any two vectors are neighbours: in the local model a person's whole taste is replaced.
    """

    def __init__(self, params: Any) -> None:
        self._epsilon, self._delta = float(params.epsilon), float(params.delta)

    def release(self, task: ScoringTask, vector: Ints) -> Ints:
        """Runs on the input party: int64 (d,) of norm about 256."""
        space = subspace_of(task)
        measurement, variance = self._noise(space)
        return space.lifted(measurement(space.inner(vector)), variance=variance, bound=task.bound)

    @abstractmethod
    def _noise(self, space: Subspace) -> tuple[Any, float]:
        """OpenDP's measurement, and the variance of one coordinate for a ball of radius 1."""

    @abstractmethod
    def cost(self, task: ScoringTask) -> PrivacyCost:
        """What one release spends."""

    @abstractmethod
    def output(self, task: ScoringTask) -> OutputPrivacy:
        """The bound of one release."""


class GaussianNoise(VectorNoise):
    """Discrete Gaussian noise, calibrated by Balle and Wang, ICML 2018."""

    def _scale(self, space: Subspace) -> float:
        return noise_for(epsilon=self._epsilon, delta=self._delta, sensitivity=float(space.l2), dims=space.dims)

    def _noise(self, space: Subspace) -> tuple[Any, float]:
        scale = self._scale(space)
        return gaussian(scale=scale, sensitivity=space.l2)[0], (scale / RADIUS) ** 2

    def cost(self, task: ScoringTask) -> PrivacyCost:
        space = subspace_of(task)
        return PrivacyCost(epsilon=float("inf"), rho=gaussian(scale=self._scale(space), sensitivity=space.l2)[1])

    def output(self, task: ScoringTask) -> OutputPrivacy:
        return OutputPrivacy(
            epsilon=self._epsilon,
            delta=self._delta,
            unit="user and period",
            neighbours="replace-one",
            model="local",
            accountant="analytic Gaussian (Balle and Wang 2018); rho by OpenDP's map",
            rho=self.cost(task).rho,
        )


class LaplaceNoise(VectorNoise):
    """Discrete Laplace noise (Dwork, McSherry, Nissim and Smith 2006; exact sampling as in OpenDP)."""

    def _noise(self, space: Subspace) -> tuple[Any, float]:
        measurement, _, scale = laplace(epsilon=self._epsilon, sensitivity=space.l1)
        return measurement, 2 * (scale / RADIUS) ** 2

    def cost(self, task: ScoringTask) -> PrivacyCost:
        _, epsilon, _ = laplace(epsilon=self._epsilon, sensitivity=subspace_of(task).l1)
        return PrivacyCost(epsilon=epsilon, rho=rho_of_pure(epsilon))

    def output(self, task: ScoringTask) -> OutputPrivacy:
        cost = self.cost(task)
        return OutputPrivacy(
            epsilon=cost.epsilon,
            delta=0.0,
            unit="user and period",
            neighbours="replace-one",
            model="local",
            accountant="pure epsilon, by OpenDP's map of Laplace noise",
            rho=cost.rho,
        )
