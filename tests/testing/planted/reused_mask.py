"""Planted bug: one mask, drawn when the process starts, for every vector of everybody."""

import secrets

import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, spec

_MASK = np.frombuffer(secrets.token_bytes(8 * 4096), dtype="<u8")


class Client(MaskedClient):
    """Runs on the input and result party."""

    def nonce(self):
        return secrets.token_bytes(NONCE)

    def mask(self, nonce):
        return _MASK[: self.seat.task.dims]


class ReusedMask(Masked):
    """The difference of two queries is the difference of two vectors."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "ReusedMask")
