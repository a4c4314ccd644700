"""Scoring and lookup on the device, from a catalogue and a table downloaded once."""

from collections.abc import Iterable, Sequence
from typing import Any, Generic, TypeVar

import numpy as np

from privacy.plugin import (
    CLIENT,
    PUBLIC,
    Guarantee,
    LookupTask,
    QueryClient,
    QueryMechanism,
    QueryServer,
    ScoringTask,
    Seat,
    Secret,
    Wire,
    WireError,
    check_indices,
    check_vector,
    pack,
    unpack,
)

TaskT = TypeVar("TaskT")
_LEAKS = ("that the catalogue was downloaded, and when",)


class LocalScoring(QueryMechanism[ScoringTask]):
    """The server publishes the catalogue; the device scores it."""

    def client(self, seat: Seat[ScoringTask]) -> "LocalScorer":
        return LocalScorer(seat)

    def server(self, seat: Seat[ScoringTask]) -> "Publisher[ScoringTask]":
        return Publisher(seat, dtype=np.dtype("<i2"), kind="catalogue")

    def guarantee(self, task: ScoringTask) -> Guarantee:
        return Guarantee.nothing_sent(
            towards="server", statement="No byte that depends on the taste is sent.", leaks=_LEAKS
        )


class LocalScorer(QueryClient[ScoringTask]):
    """Runs on the input and result party."""

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on the client: keep the published catalogue, int16 (N, d)."""
        task = self.seat.task
        self._catalogue = unpack(_only(material).body, shape=(task.items, task.dims), dtype="<i2").astype(np.int64)

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: score on the device; no wire is sent."""
        self._scores = self._catalogue @ check_vector(self.seat.task, private.open(self.seat))
        return ()

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: the scores computed here, int64 (N,)."""
        return self._scores


class LocalLookup(QueryMechanism[LookupTask]):
    """The server publishes the table; the device reads from it."""

    def client(self, seat: Seat[LookupTask]) -> "LocalReader":
        return LocalReader(seat)

    def server(self, seat: Seat[LookupTask]) -> "Publisher[LookupTask]":
        return Publisher(seat, dtype=np.dtype("u1"), kind="table")

    def guarantee(self, task: LookupTask) -> Guarantee:
        return Guarantee.nothing_sent(
            towards="server", statement="No byte that depends on what is shown is sent.", leaks=_LEAKS
        )


class LocalReader(QueryClient[LookupTask]):
    """Runs on the input and result party."""

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on the client: keep the published table, uint8 (N, record_bytes)."""
        task = self.seat.task
        self._table = unpack(_only(material).body, shape=(task.items, task.record_bytes), dtype=np.uint8)

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: read the records here; no wire is sent."""
        self._records = self._table[check_indices(self.seat.task, private.open(self.seat))]
        return ()

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: the records read here, uint8 (count, record_bytes)."""
        return self._records


class Publisher(QueryServer[TaskT], Generic[TaskT]):
    """Runs on the computing party: publishes its own input once and answers nothing."""

    def __init__(self, seat: Seat[TaskT], *, dtype: np.dtype[Any], kind: str) -> None:
        super().__init__(seat)
        self._dtype, self._kind = dtype, kind

    def publish(self) -> Iterable[Wire]:
        """Runs on the server: send the whole catalogue or table."""
        own = np.asarray(self.seat.own)
        yield Wire(
            to=CLIENT,
            kind=self._kind,
            exposure=PUBLIC,
            body=pack(own.astype(self._dtype, casting="same_kind")),
        )

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: refuse; a local client asks nothing."""
        raise WireError("this server answers no queries", then="score on the device")


def _only(material: Sequence[Wire]) -> Wire:
    if len(material) != 1:
        raise WireError(f"{len(material)} published wires came instead of one")
    return material[0]
