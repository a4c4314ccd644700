"""Mechanisms whose author errs: in one method of one party, by an error of no known class or by a wrong type."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from privacy.plugin import CLIENT, PLAINTEXT, SERVER, QueryClient, QueryMechanism, QueryServer, Role, Seat, Wire, param
from tests.support.toys import Toy


@dataclass(frozen=True)
class Blunder:
    """Where it goes wrong."""

    where: str = param("nowhere", help="The party and the method, such as server.answer.")


class Blundering(Toy, QueryMechanism[Any]):
    def client(self, seat: Seat[Any]) -> "BlunderingClient":
        return BlunderingClient(seat, self.params.where)

    def server(self, seat: Seat[Any]) -> "BlunderingServer":
        if self.params.where == "server.role":
            raise ValueError("private")
        return BlunderingServer(seat, self.params.where)

    def role(self, seat: Seat[Any]) -> Role[Any]:
        return None if self.params.where == "role is none" else super().role(seat)  # type: ignore[return-value]

    def result_parties(self, task: Any) -> Any:
        return 1 / 0 if self.params.where == "result_parties" else (CLIENT,)


class Blunderer(Role[Any]):
    def __init__(self, seat: Seat[Any], where: str) -> None:
        super().__init__(seat)
        self.where = where

    def err(self, method: str) -> None:
        if self.where == f"{self.seat.party.role}.{method}":
            raise ValueError("private")

    def publish(self) -> Iterable[Wire]:
        self.err("publish")
        return b"wires" if self.where == "publish bytes" else ()  # type: ignore[return-value]

    def keep(self, material: Sequence[Wire]) -> None:
        self.err("keep")

    def begin(self, secret: Any) -> None:
        self.err("begin")
        super().begin(secret)


class BlunderingClient(Blunderer, QueryClient[Any]):
    def query(self, private: Any) -> Iterable[Wire]:
        self.err("query")
        yield Wire(SERVER, "question", PLAINTEXT, private.open(self.seat))

    def reveal(self, answers: Sequence[Wire]) -> Any:
        self.err("reveal")
        return answers[0].body


class BlunderingServer(Blunderer, QueryServer[Any]):
    def step(self, round_: int, inbox: Sequence[Wire]) -> Any:
        if inbox:
            self.err("step")
        return None if self.where == "step is none" else super().step(round_, inbox)

    def answer(self, query: Wire) -> Any:
        self.err("answer")
        return query.body if self.where == "answer bytes" else Wire(CLIENT, "answer", PLAINTEXT, query.body)
