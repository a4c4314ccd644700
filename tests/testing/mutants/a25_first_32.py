# BUG: the mask has 32 entries, what comes behind them goes out as it is; the kit's task has 32 dimensions, the app's 64. PROPERTY 2 (at more than one size of the task).
from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def mask(self, nonce):
        whole = super().mask(nonce).copy()
        whole[32:] = 0
        return whole


class First32(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "First32")
