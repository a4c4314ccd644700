"""Scoring over additive shares modulo 2^64.

The client draws r uniformly and sends r to one server and v - r to the other. As the catalogue is public to the
servers, each multiplies on its own and the client adds the two answers: no interaction, no multiplication triples.
Each share alone is uniform, so one server learns nothing, whatever its computing power; both together learn all.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

import numpy as np

from privacy.plugin import (
    SHARE,
    Guarantee,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    ScoringTask,
    Seat,
    Secret,
    Strength,
    Towards,
    Wire,
    check_vector,
    pack,
    reply_to,
    unpack,
)

SERVERS = (Party("server", 1), Party("server", 2))


class SharedScoring(QueryMechanism[ScoringTask]):
    """Two servers, one share each."""

    servers: ClassVar[int] = 2

    def client(self, seat: Seat[ScoringTask]) -> "ShareClient":
        return ShareClient(seat)

    def server(self, seat: Seat[ScoringTask]) -> "ShareServer":
        return ShareServer(seat)

    def guarantee(self, task: ScoringTask) -> Guarantee:
        text = "Each server receives one uniform share of the taste vector."
        assumption = "the two servers do not collude; both are semi-honest"
        return Guarantee(tuple(Towards(s.name, Strength.NON_COLLUSION, text, assumption) for s in SERVERS))


class ShareClient(QueryClient[ScoringTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: split the vector, int64 (d,), into two shares, uint64 (d,), with fresh randomness."""
        vector = check_vector(self.seat.task, private.open(self.seat)).astype(np.uint64)
        share = np.frombuffer(self.seat.random.bytes(8 * len(vector)), dtype="<u8")
        for server, body in zip(SERVERS, (share, vector - share), strict=True):
            yield Wire(to=server, kind="share", exposure=SHARE, body=pack(body))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: add the two answers modulo 2^64, int64 (N,)."""
        first, second = (unpack(a.body, shape=(self.seat.task.items,), dtype=np.uint64) for a in answers)
        return (first + second).view(np.int64)


class ShareServer(QueryServer[ScoringTask]):
    """Runs on a computing party. Its own input is the catalogue, int64 (N, d)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: multiply the catalogue by one share, modulo 2^64."""
        share = unpack(query.body, shape=(self.seat.task.dims,), dtype=np.uint64)
        body = pack(self.seat.own.astype(np.uint64) @ share)
        return Wire(to=reply_to(query), kind="partial-scores", exposure=SHARE, body=body)
