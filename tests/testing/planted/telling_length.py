"""Planted bug: the body is longer by a byte for every entry that is zero."""

from privacy.plugin import WireError, hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, MaskedServer, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def sealed(self, vector, nonce):
        return super().sealed(vector, nonce) + b"0" * int((vector == 0).sum())


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        whole = NONCE + 17 + 8 * self.seat.task.dims
        if len(body) > whole + self.seat.task.dims or body[whole:].strip(b"0"):
            raise WireError("a query is too long")
        return super().read(body[:whole])


class TellingLength(Masked):
    """Masked well, and counted."""

    client_role, server_role = Client, Server


@hookimpl
def register_backends():
    return spec(__name__, "TellingLength")
