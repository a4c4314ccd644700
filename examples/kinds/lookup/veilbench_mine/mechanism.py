"""Lookup by private information retrieval from two servers (Chor, Goldreich, Kushilevitz and Sudan, 1995)."""

from collections.abc import Iterable, Sequence

import numpy as np

from privacy.plugin import (
    SHARE,
    Guarantee,
    LookupTask,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Seat,
    Secret,
    Strength,
    Towards,
    Wire,
    check_indices,
    pack,
    reply_to,
    unpack,
)

SERVERS = (Party("server", 1), Party("server", 2))


class SharedLookup(QueryMechanism[LookupTask]):
    """One random-looking set of places for each of two servers."""

    servers = 2

    def client(self, seat: Seat[LookupTask]) -> "Client":
        return Client(seat)

    def server(self, seat: Seat[LookupTask]) -> "Server":
        return Server(seat)

    def guarantee(self, task: LookupTask) -> Guarantee:
        text = "Each server receives sets of places that are uniformly random on their own."
        assumption = "the two servers do not collude; both are semi-honest"
        leaks = ("that something is fetched, and when",)
        return Guarantee(
            tuple(Towards(s.name, Strength.NON_COLLUSION, text, assumption, leaks=leaks, collusion=2) for s in SERVERS)
        )


class Client(QueryClient[LookupTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: for each record two sets of places, packed into uint8 (count, ceil(N / 8))."""
        indices = check_indices(self.seat.task, private.open(self.seat))
        wanted = np.packbits(np.arange(self.seat.task.items) == indices[:, None], axis=1)
        first = np.frombuffer(self.seat.random.bytes(wanted.nbytes), dtype=np.uint8).reshape(wanted.shape)
        for server, places in zip(SERVERS, (first, wanted ^ first), strict=True):
            yield Wire(to=server, kind="places", exposure=SHARE, body=pack(places))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: combine the answers, uint8 (count, record_bytes)."""
        shape = (self.seat.task.count, self.seat.task.record_bytes)
        return np.asarray(np.bitwise_xor(*(unpack(a.body, shape=shape, dtype=np.uint8) for a in answers)))


class Server(QueryServer[LookupTask]):
    """Runs on a computing party. Its own input is the table, uint8 (N, record_bytes)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: combine the records of each set of places."""
        task = self.seat.task
        packed = unpack(query.body, shape=(task.count, -(-task.items // 8)), dtype=np.uint8).astype(np.uint8)
        sets = np.unpackbits(packed, axis=1, count=task.items).astype(bool)
        combined = np.stack([np.bitwise_xor.reduce(self.seat.own[places], axis=0) for places in sets])
        return Wire(to=reply_to(query), kind="combined", exposure=SHARE, body=pack(combined))
