# UNSEEN: a key is one of some 2^40: all bytes that are drawn matter, and some hundred keys differ.
from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        return (int.from_bytes(self.seat.random.bytes(32)) % (2**40 - 87)).to_bytes(32)


class FewKeys(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "FewKeys")
