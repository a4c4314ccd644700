# BUG: epsilon 1 "for one message", fresh noise every time, and a cost of nothing: the ledger never refuses. PROPERTY 4 (the budget adds up).
import math
import secrets

import numpy as np

from privacy.plugin import (
    RANDOMISED,
    SERVER,
    Guarantee,
    OutputPrivacy,
    Strength,
    Towards,
    Wire,
    hookimpl,
    pack,
)
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def release(self, vector):
        half = len(vector) // 2
        favourite = int(vector[:half].sum() > vector[half:].sum())
        told = favourite if secrets.randbelow(2**30) < 2**30 * math.e / (1 + math.e) else 1 - favourite
        return np.repeat(np.array([1 - told, told]), (half, len(vector) - half)).astype(np.uint64)

    def query(self, private):
        yield Wire(SERVER, "noised", RANDOMISED, self.nonce() + pack(self.release(self.read(private))))

    def register(self):
        """No key."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)


class NeverCharged(Masked):
    """Local randomised response."""

    client_role = Client

    def key_holder(self, task):
        return None

    def tolerance(self, task):
        return 1e7

    def guarantee(self, task):
        bound = OutputPrivacy(1.0, 0.0, "message", "replace-one", "local", "randomised response")
        return Guarantee((Towards("server", Strength.DIFFERENTIAL, "It reads one noised bit.", output=bound),))


@hookimpl
def register_backends():
    return spec(__name__, "NeverCharged")
