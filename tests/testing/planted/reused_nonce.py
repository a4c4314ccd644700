"""Planted bug: the stream starts from the same nonce in every run of a session; the one that is sent is fresh."""

from privacy.plugin import hookimpl
from tests.support.planted_queries import NONCE, Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        return super().mask(bytes(NONCE))


class ReusedNonce(Masked):
    """One run looks random; the difference of two does not."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "ReusedNonce")
