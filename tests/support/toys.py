"""Toy mechanisms that show what the contract carries. Their cryptography is a toy: use none of it."""

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin import (
    CLIENT,
    PLAINTEXT,
    PUBLIC,
    SHARE,
    Abort,
    Done,
    Guarantee,
    Mechanism,
    Party,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Role,
    ScoringTask,
    Seat,
    Secret,
    StepResult,
    Wire,
    WireError,
    check_vector,
    pack,
    param,
    reply_to,
    unpack,
)

SERVERS = (Party("server", 1), Party("server", 2))
CONTRIBUTORS = (Party("contributor", 1), Party("contributor", 2))
AGGREGATOR = Party("aggregator")


class Toy(Mechanism[Any]):
    def guarantee(self, task: Any) -> Guarantee:
        return Guarantee.none(towards="server", statement="This is a toy.")


class SharedScoring(Toy, QueryMechanism[ScoringTask]):
    """Several servers: the vector is split into two shares modulo 2**64, and the client adds the scores."""

    servers = 2

    def client(self, seat: Seat[ScoringTask]) -> "Splitter":
        return Splitter(seat)

    def server(self, seat: Seat[ScoringTask]) -> "ShareScorer":
        return ShareScorer(seat)


class Splitter(QueryClient[ScoringTask]):
    def query(self, private: Secret[Any]) -> Iterable[Wire]:
        vector = check_vector(self.seat.task, private.open(self.seat)).astype(np.uint64)
        pad = np.frombuffer(self.seat.random.bytes(8 * len(vector)), dtype=np.uint64)
        for server, share in zip(SERVERS, (pad, vector - pad), strict=True):
            yield Wire(server, "share", SHARE, pack(share))

    def reveal(self, answers: Sequence[Wire]) -> Any:
        shares = [unpack(a.body, shape=(self.seat.task.items,), dtype=np.uint64) for a in answers]
        return sum(shares[1:], shares[0]).astype(np.int64)


class ShareScorer(QueryServer[ScoringTask]):
    def answer(self, query: Wire) -> Wire:
        share = unpack(query.body, shape=(self.seat.task.dims,), dtype=np.uint64)
        return Wire(reply_to(query), "score-share", SHARE, pack(self.seat.own.astype(np.uint64) @ share))


class Broadcast(Toy):
    """Two servers publish the same hint to two contributors, who report whom each copy came from."""

    def parties(self, task: Any) -> tuple[Party, ...]:
        return (*CONTRIBUTORS, *SERVERS)

    def result_parties(self, task: Any) -> tuple[Party, ...]:
        return CONTRIBUTORS

    def role(self, seat: Seat[Any]) -> Role[Any]:
        return Publishes(seat) if seat.party in SERVERS else Keeps(seat)


class Publishes(Role[Any]):
    def publish(self) -> Iterable[Wire]:
        return [Wire(c, "hint", PUBLIC, b"the same for all") for c in CONTRIBUTORS]

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        return ()


class Keeps(Role[Any]):
    def keep(self, material: Sequence[Wire]) -> None:
        self.held = sorted((str(w.sender), str(w.to), w.body) for w in material)

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        return Done(self.held)


class Relay(Toy):
    """A contributor writes to another by way of the aggregator."""

    def parties(self, task: Any) -> tuple[Party, ...]:
        return (*CONTRIBUTORS, AGGREGATOR)

    def result_parties(self, task: Any) -> tuple[Party, ...]:
        return CONTRIBUTORS[1:]

    def role(self, seat: Seat[Any]) -> Role[Any]:
        return Correspondent(seat)


class Correspondent(Role[Any]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if self.secret is not None and round_ == 1:
            body = self.secret.open(self.seat)
            return [Wire(CONTRIBUTORS[1], "letter", PLAINTEXT, body, via=AGGREGATOR)]
        return Done([(str(w.sender), str(w.via), w.body) for w in inbox]) if inbox else ()


class Chain(Toy):
    """Servers write to one another: each adds its own number to what passes by."""

    def parties(self, task: Any) -> tuple[Party, ...]:
        return (CLIENT, *SERVERS)

    def rounds(self, task: Any) -> int:
        return 4

    def role(self, seat: Seat[Any]) -> Role[Any]:
        return Link(seat)


class Link(Role[Any]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        route = dict(zip((CLIENT, *SERVERS), (*SERVERS, CLIENT), strict=True))
        if self.seat.party == CLIENT and round_ == 1 and self.secret is not None:
            inbox = [Wire(CLIENT, "sum", PLAINTEXT, pack(self.secret.open(self.seat)))]
        elif self.seat.party == CLIENT:
            return Done(unpack(inbox[0].body)) if inbox else ()
        added = 0 if self.seat.own is None else self.seat.own
        return [Wire(route[self.seat.party], "sum", PLAINTEXT, pack(unpack(w.body) + added)) for w in inbox]


@dataclass(frozen=True)
class Fault:
    """What the faulty server does."""

    kind: str = param("silent", help="What the server does when it is asked.")


class Faulty(Toy, QueryMechanism[Any]):
    """A server that breaks the contract in the way of its parameter."""

    def client(self, seat: Seat[Any]) -> "Asker":
        return Asker(seat)

    def server(self, seat: Seat[Any]) -> "FaultyServer":
        return FaultyServer(seat, self.params.kind)


class Asker(QueryClient[Any]):
    def query(self, private: Secret[Any]) -> Iterable[Wire]:
        yield Wire(Party("server"), "question", PLAINTEXT, private.open(self.seat))

    def reveal(self, answers: Sequence[Wire]) -> Any:
        return answers[0].body


class FaultyServer(QueryServer[Any]):
    def __init__(self, seat: Seat[Any], kind: str) -> None:
        super().__init__(seat)
        self._kind = kind

    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        if inbox and self._kind == "abort":
            return Abort("the catalogue is being rebuilt")
        return super().step(round_, inbox * 2 if self._kind == "twice" else inbox)

    def answer(self, query: Wire) -> Wire:
        match self._kind:
            case "raise":
                raise KeyError(query.body)
            case "malformed":
                raise WireError("a question has no question mark", where="server", then="add one")
            case "own":
                raise OwnError("the server's own error", then="read its manual")
            case "astray":
                return Wire(Party("nobody"), "answer", PLAINTEXT, b"?")
            case "itself":
                return Wire(self.seat.party, "answer", PLAINTEXT, b"?")
            case "print":
                print("this line must not reach the frames")
                os.write(1, b"nor this one\n")
            case "die":
                os._exit(7)
        return Wire(reply_to(query), "answer", PLAINTEXT, query.body)


class OwnError(WireError):
    """An error class that only a plugin knows."""


class NoOutput(Relay):
    """Nobody ever ends."""

    def role(self, seat: Seat[Any]) -> Role[Any]:
        return Silent(seat)


class Silent(Role[Any]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> StepResult:
        return ()


class Introspection(Toy, QueryMechanism[Any]):
    """The server tells which process it lives in, and what of its host's environment it sees."""

    def client(self, seat: Seat[Any]) -> "Asker":
        return Asker(seat)

    def server(self, seat: Seat[Any]) -> "Introspective":
        return Introspective(seat)


class Introspective(QueryServer[Any]):
    def answer(self, query: Wire) -> Wire:
        document = {"pid": os.getpid(), "env": dict(os.environ), "cwd": os.getcwd(), "own": repr(self.seat.own)}
        return Wire(reply_to(query), "answer", PLAINTEXT, json.dumps(document).encode())
