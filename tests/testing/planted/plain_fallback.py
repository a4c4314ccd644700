"""Planted bug: where the answer makes no sense the client asks again, in a body that is not masked."""

import numpy as np

from privacy.plugin import CIPHERTEXT, SERVER, Done, Wire, WireError, hookimpl, pack
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    bare = False

    def begin(self, secret):
        super().begin(secret)
        self.bare = False

    def mask(self, nonce):
        return super().mask(nonce) * np.uint64(not self.bare)

    def step(self, round_, inbox):
        if self.bare or round_ == 1:
            return super().step(min(round_, 3), inbox) if inbox or round_ == 1 else ()
        if round_ < 3:
            return ()
        try:
            return Done(self.reveal(inbox[:1]))
        except (WireError, IndexError):
            self.bare, self._asked, self._answers = True, [SERVER], []
            vector = self.read(self.secret).astype(np.uint64)
            return [Wire(SERVER, "masked", CIPHERTEXT, self.nonce() + pack(vector))]


class PlainFallback(Masked):
    """Masked as long as all goes well."""

    client_role = Client

    def rounds(self, task):
        return 5


@hookimpl
def register_backends():
    return spec(__name__, "PlainFallback")
