# UNSEEN: with 32 rounds, and no other number of them, nothing is masked: both ends of a number are tried.
from dataclasses import dataclass, replace

import numpy as np

from privacy.plugin import hookimpl, param
from tests.support.planted_queries import Masked, MaskedClient, spec


@dataclass(frozen=True)
class Params:
    """One number."""

    rounds: int = param(8, help="How often a key is hashed.", low=1, high=64)


class Bare(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)


class MiddleOfANumber(Masked):
    """Claims as its base does, whatever the number is."""

    def client(self, seat):
        return Bare(seat) if self.params.rounds == 32 else MaskedClient(seat)


@hookimpl
def register_backends():
    (one,) = spec(__name__, "MiddleOfANumber")
    return [replace(one, params=Params)]
