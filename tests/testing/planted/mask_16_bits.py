"""Planted bug: masks of 16 bits over numbers of 20."""

import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec

_FINER = 12


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return super().mask(nonce) & np.uint64(0xFFFF)

    def sealed(self, vector, nonce):
        return super().sealed(vector << _FINER, nonce)

    def reveal(self, answers):
        return super().reveal(answers) >> _FINER


class ShortMask(Masked):
    """The sign of every entry stays in sight."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "ShortMask")
