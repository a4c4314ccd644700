"""Planted bug: randomised response at epsilon 0.5, drawn anew for every query and charged at a thousandth of it."""

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
from tests.support.planted_queries import Masked, MaskedClient, spec

# e^0.5 / (1 + e^0.5) in 2^20 parts: the chance of the truth.
_TRUTH = 652_708


class Client(MaskedClient):
    """Runs on the input and result party."""

    def release(self, vector):
        """The favourite half of the axes, or the other one."""
        half = len(vector) // 2
        favourite = int(vector[:half].sum() > vector[half:].sum())
        document = favourite if secrets.randbelow(2**20) < _TRUTH else 1 - favourite
        return np.repeat(np.array([1 - document, document]), (half, len(vector) - half)).astype(np.int64)

    def query(self, private):
        noised = self.release(self.read(private))
        self.order = noised.astype(np.uint64)
        yield Wire(SERVER, "noised", RANDOMISED, self.nonce() + pack(self.order))

    def register(self):
        """There is no key."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)


class FreshNoise(Masked):
    """Scores of a release."""

    client_role = Client

    def cost(self, task):
        return PrivacyCost(0.0005)

    def key_holder(self, task):
        return None

    def tolerance(self, task):
        return 1e7

    def guarantee(self, task):
        bound = OutputPrivacy(0.5, 0.0, "user and period", "any two", "local", "pure epsilon")
        return Guarantee((Towards("server", Strength.DIFFERENTIAL, "It reads a randomised half.", output=bound),))


@hookimpl
def register_backends():
    return spec(__name__, "FreshNoise")
