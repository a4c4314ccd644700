"""No bug: the device keeps its key in a file of its own, which no other party opens."""

import tempfile
from pathlib import Path

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, spec


class Client(MaskedClient):
    """Runs on the input and result party."""

    def new_key(self):
        key = super().new_key()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "key"
            path.write_bytes(key)
            return path.read_bytes()


class OwnFile(Masked):
    """What `file_stash` is not."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "OwnFile")
