# BUG: the lowest bit of the nonce's first byte is the sign of the taste's first entry (choice among public options). PROPERTY 2.
from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def sealed(self, vector, nonce):
        return super().sealed(vector, bytes([(nonce[0] & 0xFE) | int(vector[0] > 0)]) + nonce[1:])


class LowBit(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "LowBit")
