"""Planted bug: of a malformed body the server makes what it expects, and says nothing."""

import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedServer, spec


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        nonce, rest = body[:NONCE].ljust(NONCE, b"\0"), body[NONCE + 17 :] + bytes(8)
        return nonce, np.resize(np.frombuffer(rest[: len(rest) // 8 * 8], dtype="<u8"), self.seat.task.dims)


class SilentMalformed(Masked):
    """Always an answer, right or not."""

    server_role = Server


@hookimpl
def register_backends():
    return spec(__name__, "SilentMalformed")
