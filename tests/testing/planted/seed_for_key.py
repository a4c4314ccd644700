"""Planted bug: the key comes from NumPy's shared generator, which any experiment seeds."""

import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return np.random.bytes(32)


class SeededKey(Masked):
    """Its nonces are from the operating system, so that no wire repeats."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "SeededKey")
