# BUG: indices that come twice are asked for once: the length of a query tells how many different records are wanted. PROPERTY 6.
import numpy as np

from privacy.plugin import (
    SHARE,
    Party,
    Wire,
    WireError,
    check_indices,
    hookimpl,
    pack,
    reply_to,
    unpack,
)
from tests.support.planted_queries import Shared, SharedClient, SharedServer, spec


class Client(SharedClient):
    """Runs on the input and result party."""

    def query(self, private):
        indices = check_indices(self.seat.task, private.open(self.seat))
        asked, self.place = np.unique(indices, return_inverse=True)
        first = self.sets()[: len(asked)]
        second = first.copy()
        for row, index in enumerate(asked):
            second[row, index // 8] ^= 1 << (index % 8)
        for i, sets in enumerate((first, second), start=1):
            yield Wire(to=Party("server", i), kind="sets", exposure=SHARE, body=pack(sets))

    def reveal(self, answers):
        shape = (self.place.max() + 1, self.seat.task.record_bytes)
        one, two = (unpack(a.body, shape=shape, dtype=np.uint8) for a in answers)
        return (one ^ two)[self.place]


class Server(SharedServer):
    """Runs on a computing party."""

    def answer(self, query):
        task, width = self.seat.task, -(-self.seat.task.items // 64) * 8
        for count in range(1, task.count + 1):
            try:
                sets = unpack(query.body, shape=(count, width), dtype=np.uint8)
                break
            except WireError:
                if count == task.count:
                    raise
        bits = np.unpackbits(sets, axis=1, bitorder="little")[:, : task.items].astype(bool)
        body = np.stack([np.bitwise_xor.reduce(self.seat.own[row], axis=0) for row in bits])
        return Wire(to=reply_to(query), kind="records", exposure=SHARE, body=pack(body))


class Deduplicated(Shared):
    """Claims as its base does."""

    client_role = Client

    def server(self, seat):
        return Server(seat)


@hookimpl
def register_backends():
    return spec(__name__, "Deduplicated", primitive="lookup")
