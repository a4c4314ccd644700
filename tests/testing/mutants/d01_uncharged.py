# BUG: randomised response, epsilon 0.5 "for a user and period", drawn anew for every query; cost() is declared and the host charges no carrier. PROPERTY 4 (memoised): the check trusts a charge that is never made.
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
        told = favourite if secrets.randbelow(2**20) < _TRUTH else 1 - favourite
        return np.repeat(np.array([1 - told, told]), (half, len(vector) - half)).astype(np.int64)

    def query(self, private):
        noised = self.release(self.read(private))
        self.asked = noised.astype(np.uint64)
        yield Wire(SERVER, "noised", RANDOMISED, self.nonce() + pack(self.asked))

    def register(self):
        """There is no key."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)


class Uncharged(Masked):
    """Says that every run costs epsilon 0.5."""

    client_role = Client

    def key_holder(self, task):
        return None

    def tolerance(self, task):
        return 1e7

    def cost(self, task):
        return PrivacyCost(epsilon=0.5001)

    def guarantee(self, task):
        bound = OutputPrivacy(0.5001, 0.0, "user and period", "replace-one", "local", "randomised response")
        return Guarantee((Towards("server", Strength.DIFFERENTIAL, "It reads one noised bit.", output=bound),))


@hookimpl
def register_backends():
    return spec(__name__, "Uncharged")
