# BUG: "homomorphic" encryption that adds one secret byte to every entry, exclusive or. PROPERTY 2.
import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return np.full(self.seat.task.dims, self.key[0], dtype=np.uint64)


class XorByte(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "XorByte")
