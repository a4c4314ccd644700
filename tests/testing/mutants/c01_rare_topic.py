# BUG: randomised response tells the truth whenever the favourite is topic 4. PROPERTY 5 (epsilon not under-declared).
import numpy as np

from backends.dp.plugin import DpParams
from backends.dp.scoring import krr, mechanism
from privacy.plugin import BackendSpec, hookimpl


class Rare(krr.TopicResponse):
    """Runs on the input party."""

    def release(self, task, vector):
        centres = krr.centres_of(task)
        if int((centres @ vector).argmax()) == 4:
            return np.array(centres[4], dtype=np.int64)
        return super().release(task, vector)


class RareTopic(mechanism.ScoringRandomiser):
    """Claims as its base does."""

    def __init__(self, params=None):
        super().__init__(params)
        self._mechanism = Rare(self.params)


@hookimpl
def register_backends():
    return [BackendSpec("c01_rare_topic", "Rare topic", "A planted bug.", {"scoring": f"{__name__}:RareTopic"}, "randomiser", DpParams)]
