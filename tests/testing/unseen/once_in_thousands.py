# UNSEEN: one query of four thousand goes out bare.
import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return super().mask(nonce) * np.uint64(int.from_bytes(nonce[:2]) >= 16)


class OnceInThousands(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "OnceInThousands")
