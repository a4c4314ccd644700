"""Servers in pieces, for tests: an engine that runs them in this process, and what a whole server answers."""

import importlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin import CLIENT, SERVER, Party, QueryMechanism, ScoringTask, Secret, Wire
from privacy.primitives.shards import Array, Piece, ShardedServer
from privacy.transports.base import role_of, seat_for, sharded_role_of
from tests.support.he_vectors import catalogue_of, vector_of


@dataclass(frozen=True)
class Here:
    """An engine of this process: every piece beside the others."""

    shards: int

    def start(self, pieces: Sequence[Piece]) -> "Beside":
        return Beside([built(piece) for piece in pieces])


@dataclass
class Beside:
    made: list[Any]

    def ask(self, question: Array) -> list[Array]:
        return [one.answer(question) for one in self.made]


def built(piece: Piece) -> Any:
    module, _, name = piece.kind.partition(":")
    return getattr(importlib.import_module(module), name)(**piece.given, threads=1)


class Round:
    """One catalogue under a mechanism: a whole server, and queries to it from a client that trusts it."""

    def __init__(
        self, mechanism: QueryMechanism[Any], *, items: int, dims: int, batch: int = 1, party: Party = SERVER
    ) -> None:
        self.mechanism, self.party = mechanism, party
        self.task = ScoringTask(items=items, dims=dims, batch=batch)
        self.catalogue = catalogue_of(items, dims)
        self.whole = role_of(mechanism, self.seat())
        self.published = [replace_sender(w, party) for w in self.whole.publish()]
        self.client = role_of(mechanism, seat_for(CLIENT, self.task, None))
        servers = [p for p in mechanism.parties(self.task) if p != CLIENT]
        self.client.keep([replace_sender(self.published[0], p) for p in servers])

    def seat(self) -> Any:
        return seat_for(self.party, self.task, self.catalogue)

    def sharded(self, engine: Any) -> ShardedServer:
        """The same server on an engine, after it published the very same."""
        role = sharded_role_of(self.mechanism, self.seat(), engine)
        assert isinstance(role, ShardedServer)
        assert [w.body for w in role.publish()] == [w.body for w in self.published]
        return role

    def query(self, seed: int) -> Wire:
        """A fresh query for this party, as it arrives there."""
        vectors = np.stack([vector_of(self.task.dims, seed + i) for i in range(self.task.batch)])
        self.client.begin(Secret(vectors.reshape(self.task.input_shape), owner=CLIENT))
        sent = self.client.step(1, [])
        return next(replace_sender(w, CLIENT) for w in sent if w.to == self.party)

    def scores(self, seed: int) -> Array:
        vectors = np.stack([vector_of(self.task.dims, seed + i) for i in range(self.task.batch)])
        return (vectors @ self.catalogue.T).reshape(self.task.scores_shape)


def replace_sender(wire: Wire, sender: Party) -> Wire:
    return Wire(wire.to, wire.kind, wire.exposure, wire.body, sender)
