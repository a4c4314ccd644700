"""Planted bug: the session's key goes along with the query. It is in no key box; only the test-only hook names it."""

import secrets

from privacy.plugin import CLIENT, WireError, hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, MaskedServer, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return secrets.token_bytes(32)

    def register(self):
        """Registers nothing."""

    def sealed(self, vector, nonce):
        return super().sealed(vector, nonce) + self.key


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        if len(body) < NONCE + 32:
            raise WireError("a query is too short")
        return super().read(body[:-32])


class Unregistered(Masked):
    """Its author names the key for the kit, and would not have found the leak without it."""

    client_role, server_role = Client, Server

    def client(self, seat):
        self.seated = Client(seat)
        return self.seated

    def key_holder(self, task):
        return None

    def secret_material(self, seat):
        return [self.seated.key] if seat.party == CLIENT else []


@hookimpl
def register_backends():
    return spec(__name__, "Unregistered")
