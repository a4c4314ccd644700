# UNSEEN: masks come again after a thousand runs of one person.
import numpy as np

from privacy.plugin import hookimpl, pack
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    turn = 0

    def sealed(self, vector, nonce):
        self.turn += 1
        return nonce + pack(vector.astype(np.uint64) + self.mask(nonce))

    def mask(self, nonce):
        return super().mask((self.turn % 1000).to_bytes(2))


class EveryThousandth(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "EveryThousandth")
