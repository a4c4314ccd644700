"""Planted bug: the client leaves its vector in a file that the server reads; the wire says nothing."""

import json
from pathlib import Path

import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Masked, MaskedClient, MaskedServer, spec

# An absolute path: a server in a process of its own, on the same machine, finds it too. Another checkout has another.
STASH = Path(f"/tmp/veilbench-planted-stash-{Path(__file__).stat().st_ino}.json")


class Client(MaskedClient):
    """Runs on the input and result party."""

    def sealed(self, vector, nonce):
        STASH.write_text(json.dumps([int(v) for v in vector.astype(np.uint64) + self.mask(nonce)]))
        return super().sealed(np.frombuffer(self.seat.random.bytes(8 * len(vector)), dtype="<u8"), nonce)


class Server(MaskedServer):
    """Runs on the computing party."""

    def read(self, body):
        nonce, _ = super().read(body)
        return nonce, np.array(json.loads(STASH.read_text()), dtype=np.uint64)


class FileStash(Masked):
    """What is between them is on the disk."""

    client_role, server_role = Client, Server


@hookimpl
def register_backends():
    return spec(__name__, "FileStash")
