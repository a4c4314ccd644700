# UNSEEN: masks end after 300 entries, and no size that the kit tries is longer.
from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        whole = super().mask(nonce).copy()
        whole[300:] = 0
        return whole


class LongMasks(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "LongMasks")
