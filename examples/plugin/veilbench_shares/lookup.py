"""Lookup by private information retrieval from several servers (Chor, Goldreich, Kushilevitz and Sudan, 1995).

For each record every server gets a random-looking set of places and answers with the exclusive or of the records there.
The sets differ in the wanted place alone, so the exclusive or of all answers is the wanted record.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from privacy.plugin import SHARE, LookupTask, QueryServer, Seat, Secret, Wire, check_indices, pack, reply_to, unpack
from veilbench_shares.split import Shared, SharedClient


class SharedLookup(Shared[LookupTask]):
    """One share of every wanted place for each server."""

    def client(self, seat: Seat[LookupTask]) -> "LookupClient":
        return LookupClient(seat, self.parties(seat.task)[1:])

    def server(self, seat: Seat[LookupTask]) -> "LookupServer":
        return LookupServer(seat)


class LookupClient(SharedClient[LookupTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: split one bit for each place, packed into uint8 (count, ceil(N / 8)), for each server."""
        indices = check_indices(self.seat.task, private.open(self.seat))
        wanted = np.packbits(np.arange(self.seat.task.items) == indices[:, None], axis=1)
        sets = self.blinds(wanted)
        for server, places in zip(self.servers, [*sets, np.bitwise_xor.reduce([wanted, *sets])], strict=True):
            yield Wire(to=server, kind="places", exposure=SHARE, body=pack(places))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: combine the answers, uint8 (count, record_bytes)."""
        shape = (self.seat.task.count, self.seat.task.record_bytes)
        return np.bitwise_xor.reduce([unpack(a.body, shape=shape, dtype=np.uint8) for a in answers])


class LookupServer(QueryServer[LookupTask]):
    """Runs on a computing party. Its own input is the table, uint8 (N, record_bytes)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: combine the records of each set of places."""
        task = self.seat.task
        packed = unpack(query.body, shape=(task.count, -(-task.items // 8)), dtype=np.uint8)
        sets = np.unpackbits(packed, axis=1, count=task.items).astype(bool)
        combined = np.stack([np.bitwise_xor.reduce(self.seat.own[places], axis=0) for places in sets])
        return Wire(to=reply_to(query), kind="combined", exposure=SHARE, body=pack(combined))
