"""Planted bug: a key of 256 bits that grows from a seed of 32, which anyone can try out."""

import hashlib

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return hashlib.sha256(self.seat.random.bytes(4)).digest()


class ShortSeed(Masked):
    """Looks like 256 bits."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "ShortSeed")
