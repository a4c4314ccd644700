"""Scoring in the clear with a parameter of each kind, and a lookup that asks for everything."""

from dataclasses import dataclass

import numpy as np

from privacy.plugin import (
    PLAINTEXT,
    SERVER,
    BackendSpec,
    Guarantee,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Wire,
    check_indices,
    hookimpl,
    pack,
    param,
    reply_to,
    unpack,
)


@dataclass(frozen=True)
class Kinds:
    copies: int = param(1, low=1, high=4, unit="copies", help="How often the vector is sent.")
    scale: float = param(1.0, low=0.5, high=2.0, help="What nothing is multiplied with.")
    doubled: bool = param(False, help="Whether the answer is sent twice.")
    order: str = param("as is", choices=("as is", "reversed"), help="In which order the vector is sent.")
    label: str = param("none", help="A word that goes along.")
    steps: int = param(8, low=1, high=1024, suggested=(8, 64, 512), help="A number with suggestions.")


class Mechanism(QueryMechanism):
    def client(self, seat):
        return Client(seat, self.params)

    def server(self, seat):
        return Server(seat, self.params)

    def guarantee(self, task):
        return Guarantee.none(towards="server", statement=f"The server reads it {self.params.copies} times.")


class Client(QueryClient):
    def __init__(self, seat, params):
        super().__init__(seat)
        self.params = params

    def query(self, private):
        vector = private.open(self.seat)
        sent = vector[::-1] if self.params.order == "reversed" else vector
        yield Wire(SERVER, "vector", PLAINTEXT, pack(np.tile(sent, self.params.copies)))

    def reveal(self, answers):
        return unpack(answers[0].body, shape=(self.seat.task.items,), dtype=np.int64)


class Server(QueryServer):
    def __init__(self, seat, params):
        super().__init__(seat)
        self.params = params

    def answer(self, query):
        dims = self.seat.task.dims
        sent = unpack(query.body, shape=(dims * self.params.copies,), dtype=np.int64)[:dims]
        vector = sent[::-1] if self.params.order == "reversed" else sent
        return Wire(reply_to(query), "scores", PLAINTEXT, pack(self.seat.own @ vector))


class Everything(Mechanism):
    """Lookup by asking for the whole table: nothing is told, and much is sent."""

    def client(self, seat):
        return AllClient(seat)

    def server(self, seat):
        return AllServer(seat)


class AllClient(QueryClient):
    def query(self, private):
        self.wanted = check_indices(self.seat.task, private.open(self.seat))
        yield Wire(SERVER, "all", PLAINTEXT, b"all")

    def reveal(self, answers):
        task = self.seat.task
        return unpack(answers[0].body, shape=(task.items, task.record_bytes), dtype=np.uint8)[self.wanted]


class AllServer(QueryServer):
    def answer(self, query):
        return Wire(reply_to(query), "table", PLAINTEXT, pack(self.seat.own))


@hookimpl
def register_backends():
    return [
        BackendSpec(
            id="kinds", title="Every kind", summary="A parameter of each kind.", params=Kinds,
            implements={"scoring": f"{__name__}:Mechanism", "lookup": f"{__name__}:Everything"},
        ),
        BackendSpec(
            id="fetcher", title="Fetcher", summary="Looks up and scores nothing.",
            implements={"lookup": f"{__name__}:Everything"}, params=Kinds,
        ),
    ]  # fmt: skip
