"""Scoring by two servers: each gets an additive share of the vector, uniform alone, and returns a share of the scores.

The catalogue is public to the servers, so the product is linear in what is private and nothing has to be multiplied
under shares: no triples, no messages between the servers. Source: additive secret sharing, as in Cramer, Damgard and
Nielsen, "Secure Multiparty Computation and Secret Sharing" (2015), chapter 3.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from backends.smpc.plugin import SmpcParams
from backends.smpc.scoring.product import Words, compact, product, word
from privacy.plugin import (
    CLIENT,
    PUBLIC,
    SHARE,
    BoundaryError,
    DrawnSeeds,
    Guarantee,
    IntegrityError,
    KnownAnswer,
    KnownRun,
    MaskedVector,
    Message,
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
    WireError,
    check_vector,
    pack,
    reply_to,
    unpack,
)
from privacy.plugin.sharding import Sharding

SERVERS = (Party("server", 1), Party("server", 2))


class SmpcScoring(QueryMechanism[ScoringTask]):
    """Additive shares on two servers, which must not collude."""

    servers = len(SERVERS)
    batches = True
    apart = frozenset({"server"})

    def __init__(self, params: SmpcParams | None = None) -> None:
        super().__init__(params or SmpcParams())

    def client(self, seat: Seat[ScoringTask]) -> "SharingClient":
        return SharingClient(seat)

    def server(self, seat: Seat[ScoringTask]) -> "SharingServer":
        return SharingServer(seat)

    def known_answers(self, task: ScoringTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
        """What one server gets is drawn, and what the other gets is the vector less that."""
        bodies = [m.sample for s in SERVERS for m in messages if m.receiver == s and m.kind == "share"]
        if len(bodies) != len(SERVERS):
            return
        first, rest = (unpack(body, shape=task.input_shape, dtype=word(task)).ravel() for body in bodies)
        plain = np.asarray(run.inputs[CLIENT]).ravel().astype(object)
        modulus = 1 << (8 * np.dtype(word(task)).itemsize)
        yield MaskedVector(CLIENT, rest.astype(object), plain, modulus, -first.astype(object), {})
        yield DrawnSeeds(CLIENT, "the share of the first server", (first.tobytes(),))

    def shards(self, seat: Seat[ScoringTask]) -> Sharding:
        from backends.smpc.scoring.shards import SmpcSharding  # it splits the server below

        return SmpcSharding(seat)

    def guarantee(self, task: ScoringTask) -> Guarantee:
        bits = 8 * np.dtype(word(task)).itemsize
        return Guarantee(tuple(
            Towards(
                server.name, Strength.NON_COLLUSION,
                f"Each server receives one share of the taste vector: numbers modulo 2^{bits}, uniform whatever it is.",
                "the two servers do not collude, and neither reads the other's messages; both are semi-honest: one "
                "that computes something else is noticed only where no score could be so large",
                leaks=("that a request was made, and when", "the size of the catalogue's answer, which is public"),
                collusion=len(SERVERS),
            )
            for server in SERVERS
        ))  # fmt: skip


class SharingClient(QueryClient[ScoringTask]):
    """Runs on the input and result party."""

    def keep(self, material: Sequence[Wire]) -> None:
        """Runs on the client: both servers must hold the same catalogue; else their shares would add up to nothing."""
        if len(material) != len(SERVERS) or len({wire.body for wire in material}) != 1:
            raise IntegrityError(
                "the two servers do not hold the same catalogue", then="set both up from the same data"
            )

    def query(self, private: Secret[np.ndarray]) -> Iterable[Wire]:
        """Runs on the client: a uniform share for one server, and what is left for the other; fresh every time."""
        task = self.seat.task
        vector = check_vector(task, private.open(self.seat))
        drawn = self.seat.random.bytes(vector.size * np.dtype(word(task)).itemsize)
        first: Words = np.frombuffer(drawn, dtype=word(task)).reshape(vector.shape)
        rest: Words = vector.astype(word(task)) - first
        for server, share in zip(SERVERS, (first, rest), strict=True):
            yield Wire(to=server, kind="share", exposure=SHARE, body=pack(share))

    def reveal(self, answers: Sequence[Wire]) -> np.ndarray:
        """Runs on the client: add the shares of the scores, int64 (N,) or (b, N)."""
        task = self.seat.task
        first, second = (_read(task, wire, task.scores_shape) for wire in answers)
        total = first + second
        scores = total.view(np.int32 if total.dtype == np.uint32 else np.int64).astype(np.int64)
        # The catalogue's entries keep the bound as the vector's do, so no score can be larger.
        if max(scores.max(), -scores.min()) > task.dims * task.bound**2:
            raise IntegrityError("the shares of the scores add up to what no score can be", then="ask again")
        return np.asarray(scores)


class SharingServer(QueryServer[ScoringTask]):
    """Runs on a computing party: its own input is the catalogue, integers (N, d)."""

    def publish(self) -> Iterable[Wire]:
        """Runs on a server: name the catalogue by its digest."""
        task, catalogue = self.seat.task, np.asarray(self.seat.own)
        if catalogue.size and max(catalogue.max(), -catalogue.min()) > task.bound:
            raise BoundaryError(f"a catalogue entry exceeds the bound {task.bound}", then="quantise it first")
        # An entry has at most 16 bits where a score has at most 32.
        self.catalogue = compact(catalogue, narrow=word(task) is np.uint32)
        digest = hashlib.sha256(self.catalogue.data).digest()
        yield Wire(to=CLIENT, kind="catalogue-digest", exposure=PUBLIC, body=digest)

    def answer(self, query: Wire) -> Wire:
        """Runs on a server: the catalogue times its share."""
        return self.scored(query, product(self.catalogue, self.share(query)))

    def share(self, query: Wire) -> Words:
        """Runs on a server: the share (d,) or (b, d) in a query; WireError for anything else."""
        if query.kind != "share":
            raise WireError(f"a server of scores was sent {query.kind!r}, not a share")
        return _read(self.seat.task, query, self.seat.task.input_shape)

    def scored(self, query: Wire, scores: Words) -> Wire:
        """Runs on a server: the answer that carries these shares of scores, (N,) or (b, N)."""
        return Wire(to=reply_to(query), kind="score-share", exposure=SHARE, body=pack(scores))


def _read(task: ScoringTask, wire: Wire, shape: tuple[int, ...]) -> Words:
    found: Any = unpack(wire.body, shape=shape, dtype=word(task))
    return np.ascontiguousarray(found, dtype=word(task))
