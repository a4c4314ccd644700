"""Planted bug: the key is in the code, and registered as if it were the session's own."""

import secrets

from privacy.plugin import hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return b"veilbench planted key, 32 bytes!"

    def nonce(self):
        return secrets.token_bytes(NONCE)


class Constant(Masked):
    """The same key on every seat."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "Constant")
