"""Planted bug: what follows a query in its body is not looked at, however long it is."""

from privacy.plugin import hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedServer, spec


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        return super().read(body[: NONCE + 17 + 8 * self.seat.task.dims])


class OversizeBody(Masked):
    """Room for anything."""

    server_role = Server


@hookimpl
def register_backends():
    return spec(__name__, "OversizeBody")
