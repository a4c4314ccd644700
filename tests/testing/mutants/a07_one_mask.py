# BUG: one fresh 64-bit mask for all entries of a query: every difference of two entries is in the clear. PROPERTY 2.
import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return np.repeat(super().mask(nonce)[:1], self.seat.task.dims)


class OneMask(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "OneMask")
