"""Scoring over additive shares modulo 2^64.

Every server but the last gets a uniform share, the last one the vector minus all of them. The catalogue is the servers'
own, so each multiplies without a word to the others, and the client adds the answers. Any shares but all of them are
uniform together, whatever the computing power of whoever holds them; all of them add up to the vector.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from privacy.plugin import SHARE, QueryServer, ScoringTask, Seat, Secret, Wire, check_vector, pack, reply_to, unpack
from veilbench_shares.split import Shared, SharedClient


class SharedScoring(Shared[ScoringTask]):
    """One share of the taste for each server."""

    def client(self, seat: Seat[ScoringTask]) -> "ScoringClient":
        return ScoringClient(seat, self.parties(seat.task)[1:])

    def server(self, seat: Seat[ScoringTask]) -> "ScoringServer":
        return ScoringServer(seat)


class ScoringClient(SharedClient[ScoringTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: split the vector, int64 (d,), into one share for each server, uint64 (d,)."""
        vector = check_vector(self.seat.task, private.open(self.seat)).astype(np.uint64)
        shares = self.blinds(vector)
        for server, share in zip(self.servers, [*shares, vector - sum(shares)], strict=True):
            yield Wire(to=server, kind="share", exposure=SHARE, body=pack(share))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: add the answers modulo 2^64, int64 (N,)."""
        parts = [unpack(a.body, shape=(self.seat.task.items,), dtype=np.uint64) for a in answers]
        return np.asarray(sum(parts), dtype=np.uint64).view(np.int64)


class ScoringServer(QueryServer[ScoringTask]):
    """Runs on a computing party. Its own input is the catalogue, int64 (N, d)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: multiply the catalogue by one share, modulo 2^64."""
        share = unpack(query.body, shape=(self.seat.task.dims,), dtype=np.uint64)
        scores = self.seat.own.astype(np.uint64) @ share
        return Wire(to=reply_to(query), kind="partial-scores", exposure=SHARE, body=pack(scores))
