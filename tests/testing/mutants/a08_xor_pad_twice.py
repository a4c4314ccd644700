# BUG: two-time pad: the second half of the entries has the masks of the first half. PROPERTY 2.
import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        half = super().mask(nonce)[: self.seat.task.dims // 2]
        return np.concatenate([half, half])


class TwoTimePad(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "TwoTimePad")
