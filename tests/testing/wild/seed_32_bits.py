# BUG: all masks of a session follow from a seed of 32 bits. PROPERTY 7.
import hashlib

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return hashlib.sha256(self.seat.random.bytes(32)[:4]).digest()


class Seed32Bits(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "Seed32Bits")
