"""Planted bug: the key is in the code, the same on every device. Nonces are fresh, so that no wire repeats."""

import secrets

from privacy.plugin import hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return b"veilbench planted key, 32 bytes!"

    def register(self):
        """Registers nothing: where it did, two fresh seats with the same key would show it."""

    def nonce(self):
        return secrets.token_bytes(NONCE)


class HardCoded(Masked):
    """Every copy of it can read what any other is answered."""

    client_role = Client

    def key_holder(self, task):
        return None


@hookimpl
def register_backends():
    return spec(__name__, "HardCoded")
