"""k-ary randomised response on the favourite topic."""

from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from backends.dp.opendp_glue import randomised_response, rho_of_pure
from privacy.plugin import OutputPrivacy, ParamError, PrivacyCost, ScoringTask

Ints = npt.NDArray[np.int64]


class TopicResponse:
    """Releases the centre of one topic: the favourite's with the largest probability, all others alike.

    The whole release is a function of which topic came out, so that the epsilon of the response is that of the
    vector. Warner 1965; Kairouz, Bonawitz and Ramage, ICML 2016.
    """

    def __init__(self, params: Any) -> None:
        self._epsilon = float(params.epsilon)

    def release(self, task: ScoringTask, vector: Ints) -> Ints:
        """Runs on the input party: int64 (d,), the centre of the released topic."""
        centres = centres_of(task)
        response, _ = self._response(centres)
        # argmax takes the first of equals: ties break by index.
        return np.array(centres[int(response(int((centres @ vector).argmax())))], dtype=np.int64)

    def cost(self, task: ScoringTask) -> PrivacyCost:
        _, epsilon = self._response(centres_of(task))
        return PrivacyCost(epsilon=epsilon, rho=rho_of_pure(epsilon))

    def output(self, task: ScoringTask) -> OutputPrivacy:
        cost = self.cost(task)
        return OutputPrivacy(
            epsilon=cost.epsilon,
            delta=0.0,
            unit="user and period",
            neighbours="replace-one",
            model="local",
            accountant="pure epsilon, by OpenDP's map of randomised response",
            rho=cost.rho,
        )

    def _response(self, centres: Ints) -> tuple[Any, float]:
        return randomised_response(len(centres), epsilon=self._epsilon)


def centres_of(task: ScoringTask) -> Ints:
    """The task's topic centres, int64 (T, d); ParamError where it has fewer than two, or ill-formed ones."""
    return _centres(task.centres, task.dims, task.bound)


@lru_cache(maxsize=16)
def _centres(centres: tuple[tuple[int, ...], ...], dims: int, bound: int) -> Ints:
    if len(centres) < 2:
        raise ParamError(
            f"the scoring task names {len(centres) or 'no'} topic centre{'s' * (len(centres) != 1)}, and dp needs two",
            then="use a workload whose catalogue has topics, or drop dp from the stack",
        )
    whole = all(type(x) is int and abs(x) <= bound for c in centres for x in c)
    if not whole or {len(c) for c in centres} != {dims}:
        raise ParamError(
            f"a topic centre of the scoring task is not made of {dims} whole numbers up to {bound}",
            then="quantise the centres as the catalogue is",
        )
    array = np.array(centres, dtype=np.int64)
    array.flags.writeable = False
    return array
