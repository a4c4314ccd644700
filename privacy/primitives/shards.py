"""Shards: a server's work in pieces that are built and asked separately, on one machine or many. Their answers are
joined.

A mechanism says by `QueryMechanism.shards` how the work of a party splits; an `Engine` runs the pieces. What goes to a
piece is derived from public data and from what its server may see anyway.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from privacy.boundary.seat import Seat
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError
from privacy.primitives.query import QueryServer

Array = npt.NDArray[Any]


@dataclass(frozen=True, eq=False)
class Piece:
    """One part of a server's work: what makes it, wherever it will run.

    `kind` names a class as `module:Class`. It is called with what is in `given` (numbers, texts, bytes, arrays) and
    with `threads`, how many it may compute with; it has `answer(question) -> array`. All arrays are to be read only.
    """

    kind: str
    given: Mapping[str, Any]


class Sharding(ABC):
    """How one server's work splits. The server's own input stays as it is; only pieces of it are copied."""

    @abstractmethod
    def publish(self) -> Iterable[Wire]:
        """The wires that the whole server publishes, whatever the number of pieces."""

    @abstractmethod
    def pieces(self, count: int) -> Sequence[Piece]:
        """At most so many pieces, at least one, in the order in which their answers join; called after `publish`."""

    @abstractmethod
    def question(self, query: Wire) -> Array:
        """What every piece is asked. The query is untrusted: raise WireError if it is malformed."""

    @abstractmethod
    def join(self, query: Wire, answers: Sequence[Array]) -> Wire:
        """The whole server's answer, the very bytes, from one answer of each piece."""


class Running(Protocol):
    """Pieces that an engine has built."""

    def ask(self, question: Array) -> list[Array]:
        """One answer of each piece, in order. ProtocolAborted where a piece is lost again and again."""


class Engine(Protocol):
    """Where pieces run. It is a dataclass of plain values, as it moves to the process of a party."""

    @property
    def shards(self) -> int:
        """How many pieces a server's work is split into, at most."""

    def start(self, pieces: Sequence[Piece]) -> Running:
        """Build every piece; returns when all can be asked. ServiceError where the engine cannot be reached."""


class ShardedServer(QueryServer[Any]):
    """Runs on a computing party: splits its work, and joins what the pieces answer."""

    def __init__(self, seat: Seat[Any], sharding: Sharding, engine: Engine) -> None:
        super().__init__(seat)
        self._sharding, self._engine = sharding, engine
        self._running: Running | None = None

    def publish(self) -> Iterable[Wire]:
        """Runs on the server: derive what is published from all of its input, then have the pieces built."""
        wires = list(self._sharding.publish())
        self._running = self._engine.start(self._sharding.pieces(self._engine.shards))
        return wires

    def answer(self, query: Wire) -> Wire:
        """Runs on the server: ask every piece, and join."""
        if self._running is None:
            raise BoundaryError(f"{self.seat.party} was sent a query before it published")
        return self._sharding.join(query, self._running.ask(self._sharding.question(query)))


def cuts(total: int, count: int) -> list[tuple[int, int]]:
    """At most `count` ranges (start, stop), none of them empty, that make up 0 to `total` in order."""
    ends = np.linspace(0, total, min(count, total) + 1, dtype=int).tolist()
    return list(itertools.pairwise(ends))
