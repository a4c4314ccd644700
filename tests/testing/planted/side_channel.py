"""Planted bug: every query also goes out as a datagram, which no transcript counts."""

import socket

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def sealed(self, vector, nonce):
        body = super().sealed(vector, nonce)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            # The discard port of this very machine.
            line.sendto(body, ("127.0.0.1", 9))
        return body


class SideChannel(Masked):
    """Twice the bytes, and half of them declared."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "SideChannel")
