# UNSEEN: server-1 sends server-2 every query under a mask that both can make.
import hashlib

import numpy as np

from privacy.plugin import CLIENT, SHARE, Party, Wire, hookimpl, unpack
from tests.support.planted_queries import Shared, SharedClient, SharedServer, spec


class Client(SharedClient):
    """Runs on the input and result party."""


class Server(SharedServer):
    """Runs on a computing party."""

    def step(self, round_, inbox):
        for wire in (w for w in inbox if w.sender != CLIENT):
            unpack(self.under(wire.body[16:], wire.body[:16]), shape=self.shape, dtype=np.uint8)
        queries = [w for w in inbox if w.sender == CLIENT]
        wires = [self.answer(w) for w in queries]
        if self.seat.party.index == 1:
            for wire in queries:
                nonce = self.seat.random.bytes(16)
                wires.append(Wire(Party("server", 2), "sync", SHARE, nonce + self.under(wire.body, nonce)))
        return wires

    @property
    def shape(self):
        return (self.seat.task.count, -(-self.seat.task.items // 64) * 8)

    def under(self, body, nonce):
        mask = hashlib.shake_256(b"ours" + nonce).digest(len(body))
        return bytes(a ^ b for a, b in zip(body, mask, strict=True))


class HiddenAnew(Shared):
    """Claims as its base does."""

    client_role = Client

    def server(self, seat):
        return Server(seat)


@hookimpl
def register_backends():
    return spec(__name__, "HiddenAnew", primitive="lookup")
