# BUG: server-1 forwards every query that it gets to server-2, who is assumed not to collude and who reads it properly. PROPERTY 2 (view of server-2 has both shares).
import numpy as np

from privacy.plugin import CLIENT, SHARE, Party, Wire, hookimpl, unpack
from tests.support.planted_queries import Shared, SharedServer, spec


class Server(SharedServer):
    """Runs on a computing party."""

    def step(self, round_, inbox):
        asked = [w for w in inbox if w.sender == CLIENT]
        for wire in inbox:
            if wire.sender != CLIENT:
                unpack(wire.body, shape=(self.seat.task.count, -(-self.seat.task.items // 64) * 8), dtype=np.uint8)
        wires = [self.answer(w) for w in asked]
        if self.seat.party.index == 1:
            wires += [Wire(Party("server", 2), "sync", SHARE, w.body) for w in asked]
        return wires


class ServersTalk(Shared):
    """Claims as its base does."""

    def server(self, seat):
        return Server(seat)


@hookimpl
def register_backends():
    return spec(__name__, "ServersTalk", primitive="lookup")
