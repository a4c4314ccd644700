"""Planted bug: randomised response over many topics that tells the truth as often as over two."""

import math
import secrets

import numpy as np

from backends.dp.plugin import DpParams
from backends.dp.scoring.krr import TopicResponse, centres_of
from backends.dp.scoring.mechanism import ScoringRandomiser
from privacy.plugin import BackendSpec, hookimpl

_STEPS = 2**53


class BinaryResponse(TopicResponse):
    """Declares epsilon; spends ln(k - 1) more."""

    def release(self, task, vector):
        centres = centres_of(task)
        favourite = int((centres @ vector).argmax())
        truth = 1 / (1 + math.exp(-self._epsilon))
        others = [i for i in range(len(centres)) if i != favourite]
        chosen = favourite if secrets.randbelow(_STEPS) < truth * _STEPS else secrets.choice(others)
        return np.array(centres[chosen], dtype=np.int64)


class BinaryScoring(ScoringRandomiser):
    """The DP backend over it."""

    def __init__(self, params):
        super().__init__(params)
        self._mechanism = BinaryResponse(params)


@hookimpl
def register_backends():
    return [
        BackendSpec(
            "wrong_probability",
            "Wrong probability",
            "Too truthful.",
            {"scoring": f"{__name__}:BinaryScoring"},
            "randomiser",
            DpParams,
        )
    ]
