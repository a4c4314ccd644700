"""Planted bug: no mask. The entries are sent as floats in an order that changes with every run."""

import numpy as np

from privacy.plugin import WireError, hookimpl, pack, unpack
from tests.support.planted_queries import NONCE, Masked, MaskedClient, MaskedServer, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)

    def sealed(self, vector, nonce):
        order = np.argsort(np.frombuffer(self.seat.random.bytes(8 * len(vector)), dtype="<u8"))
        return nonce + pack(np.stack([order, vector[order]]).astype("<f4"))


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        if len(body) < NONCE:
            raise WireError("a query is too short")
        order, vector = unpack(body[NONCE:], shape=(2, self.seat.task.dims), dtype="<f4")
        if not np.array_equal(np.sort(order), np.arange(len(order))) or np.abs(vector).max() > self.seat.task.bound:
            raise WireError("a query is no order of entries")
        return body[:NONCE], vector[np.argsort(order)].astype(np.int64).astype(np.uint64)


class Permuted(Masked):
    """Hides the order, and tells it too."""

    client_role, server_role = Client, Server


@hookimpl
def register_backends():
    return spec(__name__, "Permuted")
