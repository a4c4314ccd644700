# BUG: the key that is said to stay with the client lies in a file that the server's disk keeps. PROPERTY 11.
import tempfile
from pathlib import Path

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec

WHERE = Path(tempfile.gettempdir()) / "veilbench-wild-client-side.key"


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        key = super().new_key()
        WHERE.write_text(key.hex())
        return key


class KeyOnDisk(Masked):
    """Claims as its base does."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "KeyOnDisk")
