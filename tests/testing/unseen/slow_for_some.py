# UNSEEN: an answer to one half of all tastes takes a millisecond more.
import time

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def read(self, private):
        vector = super().read(private)
        time.sleep(0.001 * (vector[0] > 0))
        return vector


class SlowForSome(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "SlowForSome")
