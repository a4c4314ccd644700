"""Scoring over additive shares modulo 2^64: a uniform one for the first server, the rest for the second."""

from collections.abc import Iterable, Sequence

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
    """One share of the vector for each of two servers."""

    servers = 2

    def client(self, seat: Seat[ScoringTask]) -> "Client":
        return Client(seat)

    def server(self, seat: Seat[ScoringTask]) -> "Server":
        return Server(seat)

    def guarantee(self, task: ScoringTask) -> Guarantee:
        text = "Each server receives one share, which is uniformly random on its own."
        assumption = "the two servers do not collude; both are semi-honest"
        leaks = ("that something is asked, and when",)
        return Guarantee(
            tuple(Towards(s.name, Strength.NON_COLLUSION, text, assumption, leaks=leaks, collusion=2) for s in SERVERS)
        )


class Client(QueryClient[ScoringTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: split the vector, int64 (d,), into two shares, uint64 (d,)."""
        vector = check_vector(self.seat.task, private.open(self.seat)).astype(np.uint64)
        first = np.frombuffer(self.seat.random.bytes(vector.nbytes), dtype=np.uint64)
        for server, share in zip(SERVERS, (first, vector - first), strict=True):
            yield Wire(to=server, kind="share", exposure=SHARE, body=pack(share))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: add the answers modulo 2^64, int64 (N,)."""
        parts = [unpack(a.body, shape=(self.seat.task.items,), dtype=np.uint64) for a in answers]
        return np.asarray(np.add(*parts)).view(np.int64)


class Server(QueryServer[ScoringTask]):
    """Runs on a computing party. Its own input is the catalogue, int64 (N, d)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: multiply the catalogue by one share, modulo 2^64."""
        share = unpack(query.body, shape=(self.seat.task.dims,), dtype=np.uint64)
        scores = self.seat.own.astype(np.uint64) @ share
        return Wire(to=reply_to(query), kind="partial-scores", exposure=SHARE, body=pack(scores))
