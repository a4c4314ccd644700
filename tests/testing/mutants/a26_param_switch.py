# BUG: with --param hide=false nothing is masked and the claim stays; the kit tries the defaults alone. PROPERTY 2 (for every value of the parameters).
from dataclasses import dataclass, replace

import numpy as np

from privacy.plugin import hookimpl, param
from tests.support.planted_queries import Masked, MaskedClient, spec


@dataclass(frozen=True)
class Params:
    """One switch."""

    hide: bool = param(True, help="Mask the taste.")


class Bare(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return np.zeros(self.seat.task.dims, dtype=np.uint64)


class Switch(Masked):
    """Claims as its base does, whatever `hide` is."""

    def client(self, seat):
        return MaskedClient(seat) if self.params.hide else Bare(seat)


@hookimpl
def register_backends():
    (one,) = spec(__name__, "Switch")
    return [replace(one, params=Params)]
