"""Scoring and lookup in the clear: the whole contract in its smallest form.

A backend for one query and one answer is a mechanism and two roles for each primitive. The client's role runs
on the device of whoever asks, the server's on the other side; nothing passes between them but `Wire`s.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from privacy.plugin import (
    PLAINTEXT,
    PUBLIC,
    SERVER,
    Guarantee,
    LookupTask,
    QueryClient,
    QueryMechanism,
    QueryServer,
    ScoringTask,
    Seat,
    Secret,
    Top,
    Wire,
    WireError,
    best_of,
    check_indices,
    check_vector,
    pack,
    reply_to,
    unpack,
)


class PlainScoring(QueryMechanism[ScoringTask]):
    """Scores in the clear: the server sees the vector, or all vectors of a batch."""

    batches = True
    top_k = True

    def client(self, seat: Seat[ScoringTask]) -> "PlainClient":
        return PlainClient(seat)

    def server(self, seat: Seat[ScoringTask]) -> "PlainServer":
        return PlainServer(seat)

    def guarantee(self, task: ScoringTask) -> Guarantee:
        return Guarantee.none(towards="server", statement="The server reads the taste vector in the clear.")


class PlainClient(QueryClient[ScoringTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: send the quantised vector, int64 (d,), or a batch of them, as it is."""
        vector = check_vector(self.seat.task, private.open(self.seat))
        yield Wire(to=SERVER, kind="vector", exposure=private.exposure, body=pack(vector))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray | Top:
        """Runs on the client: read all scores, int64 (N,), or the best and where they are."""
        task = self.seat.task
        if not task.top:
            return unpack(answers[0].body, shape=task.scores_shape, dtype=np.int64)
        return Top(*unpack(answers[0].body, shape=(2, *task.top_shape), dtype=np.int64))


class PlainServer(QueryServer[ScoringTask]):
    """Runs on the computing party. Its own input is the catalogue, int64 (N, d)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: score every item against the vector it was sent."""
        task = self.seat.task
        vector = unpack(query.body, shape=task.input_shape, dtype=np.int64)
        if vector.min() < -task.bound or vector.max() > task.bound:
            raise WireError("a vector entry exceeds the bound")
        scores = vector @ self.seat.own.T
        answer = np.stack(best_of(scores, k=task.top)) if task.top else scores
        return Wire(to=reply_to(query), kind="scores", exposure=PLAINTEXT, body=pack(answer))


class PlainLookup(QueryMechanism[LookupTask]):
    """Fetches by index: the server sees which records are wanted."""

    def client(self, seat: Seat[LookupTask]) -> "PlainFetcher":
        return PlainFetcher(seat)

    def server(self, seat: Seat[LookupTask]) -> "PlainTable":
        return PlainTable(seat)

    def guarantee(self, task: LookupTask) -> Guarantee:
        return Guarantee.none(towards="server", statement="The server reads which records are fetched.")


class PlainFetcher(QueryClient[LookupTask]):
    """Runs on the input and result party."""

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: send the indices, int64 (count,), as they are."""
        indices = check_indices(self.seat.task, private.open(self.seat))
        yield Wire(to=SERVER, kind="indices", exposure=private.exposure, body=pack(indices))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: read the records, uint8 (count, record_bytes)."""
        shape = (self.seat.task.count, self.seat.task.record_bytes)
        return unpack(answers[0].body, shape=shape, dtype=np.uint8)


class PlainTable(QueryServer[LookupTask]):
    """Runs on the computing party. Its own input is the table, uint8 (N, record_bytes)."""

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: return the records asked for."""
        indices = unpack(query.body, shape=(self.seat.task.count,), dtype=np.int64)
        if indices.min() < 0 or indices.max() >= self.seat.task.items:
            raise WireError("an index lies outside the table")
        return Wire(to=reply_to(query), kind="records", exposure=PUBLIC, body=pack(self.seat.own[indices]))
