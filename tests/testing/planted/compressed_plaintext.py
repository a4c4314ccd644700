"""Planted bug: no mask at all. The vector is compressed, which looks random enough, and filled up to one length."""

import zlib

import numpy as np

from privacy.plugin import WireError, hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, MaskedServer, spec

_LONG = 400


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)

    def sealed(self, vector, nonce):
        packed = zlib.compress(vector.astype("<i8").tobytes(), 9)
        return nonce + packed + nonce * ((_LONG - len(packed)) // NONCE) + nonce[: (_LONG - len(packed)) % NONCE]


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        if len(body) != NONCE + _LONG:
            raise WireError("a query has the wrong length")
        try:
            data = zlib.decompressobj().decompress(body[NONCE:], 8 * self.seat.task.dims + 1)
        except zlib.error:
            raise WireError("a query does not inflate") from None
        if len(data) != 8 * self.seat.task.dims:
            raise WireError("a query inflates to something else")
        return body[:NONCE], np.frombuffer(data, dtype="<i8").astype(np.uint64)


class Compressed(Masked):
    """Calls it a ciphertext."""

    client_role, server_role = Client, Server


@hookimpl
def register_backends():
    return spec(__name__, "Compressed")
