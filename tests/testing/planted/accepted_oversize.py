"""Planted bug: of a private input that is too long, the beginning is used."""

import numpy as np

from privacy.plugin import check_vector, hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def read(self, private):
        value = private.open(self.seat)
        if isinstance(value, np.ndarray) and value.ndim == 1:
            value = value[: self.seat.task.dims]
        return check_vector(self.seat.task, value)


class AcceptedOversize(Masked):
    """Takes a million entries for thirty-two."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "AcceptedOversize")
