"""No bug: randomised response that a device draws once for a taste, and sends again as it was."""

import math
import secrets

import numpy as np

from privacy.plugin import (
    RANDOMISED,
    SERVER,
    Guarantee,
    OutputPrivacy,
    PrivacyCost,
    Strength,
    Towards,
    Wire,
    hookimpl,
    pack,
)
from tests.support.planted_queries import NONCE, Masked, MaskedClient, spec

_EPSILON = 0.5


class Client(MaskedClient):
    """Runs on the input and result party."""

    def release(self, vector):
        """The favourite half of the axes, or the other one: the same for the same vector, as long as the seat lasts."""
        kept = self.__dict__.setdefault("kept", {})
        half = len(vector) // 2
        favourite = int(vector[:half].sum() > vector[half:].sum())
        truth = math.exp(_EPSILON) / (1 + math.exp(_EPSILON))
        drawn = favourite if secrets.randbelow(2**20) < truth * 2**20 else 1 - favourite
        document = kept.setdefault(vector.tobytes(), drawn)
        return np.repeat(np.array([1 - document, document]), (half, len(vector) - half)).astype(np.uint64)

    def query(self, private):
        yield Wire(SERVER, "noised", RANDOMISED, bytes(NONCE) + pack(self.release(self.read(private))))

    def register(self):
        """There is no key."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)


class KeptNoise(Masked):
    """What `fresh_noise` is not."""

    client_role = Client

    def key_holder(self, task):
        return None

    def tolerance(self, task):
        return 1e7

    def cost(self, task):
        return PrivacyCost(_EPSILON)

    def guarantee(self, task):
        bound = OutputPrivacy(_EPSILON, 0.0, "user and period", "any two", "local", "pure epsilon")
        return Guarantee((Towards("server", Strength.DIFFERENTIAL, "It reads a randomised half.", output=bound),))


@hookimpl
def register_backends():
    return spec(__name__, "KeptNoise")
