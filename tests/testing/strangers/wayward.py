"""Backends that go wrong in one way each: they hang, return the wrong thing, or raise something odd.

All score in the clear and look nothing up. `ways` are what the class does at each point where it is called.
"""

import sys
import time
from typing import ClassVar

import numpy as np

from privacy.plugin import (
    PLAINTEXT,
    PUBLIC,
    SERVER,
    BackendSpec,
    Guarantee,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Wire,
    hookimpl,
    pack,
    reply_to,
    unpack,
)


class UnreadableError(Exception):
    """An exception that cannot even be shown."""

    def __str__(self):
        raise ValueError("no words")


def hang(*_):
    time.sleep(3600)


def unreadable(*_):
    raise UnreadableError


def missing(*_):
    return {}["what is not there"]


def leave(*_):
    sys.exit("the plugin leaves")


def shout(value=None):
    print("this goes to standard output")
    return value


WAYS = {
    "hang_made": {"made": hang},
    "hang_guarantee": {"guarantee": hang},
    "hang_publish": {"publish": hang},
    "hang_query": {"query": hang},
    "hang_answer": {"answer": hang},
    "hang_reveal": {"reveal": hang},
    "wrong_shape": {"reveal": lambda scores: scores[:3]},
    "wrong_kind": {"reveal": lambda scores: [str(s) for s in scores]},
    "no_numbers": {"reveal": lambda scores: scores * np.nan},
    "nothing": {"reveal": lambda scores: None},
    "key_error": {"answer": missing},
    "bad_guarantee": {"guarantee": missing},
    "no_words": {"query": unreadable},
    "leaves": {"answer": leave},
    "shouts": {"answer": shout, "reveal": shout, "made": shout},
}


class Wayward(QueryMechanism):
    ways: ClassVar = {}

    def __init__(self, params=None):
        self.go("made", None)
        super().__init__(params)

    def go(self, where, value):
        return self.ways[where](value) if where in self.ways else value

    def client(self, seat):
        return Client(seat, self)

    def server(self, seat):
        return Server(seat, self)

    def guarantee(self, task):
        self.go("guarantee", None)
        return Guarantee.none(towards="server", statement="The server reads the vector.")


class Client(QueryClient):
    def __init__(self, seat, mechanism):
        super().__init__(seat)
        self.go = mechanism.go

    def query(self, private):
        self.go("query", None)
        yield Wire(SERVER, "vector", PLAINTEXT, pack(private.open(self.seat)))

    def reveal(self, answers):
        scores = unpack(answers[0].body, shape=(self.seat.task.items,), dtype=np.int64)
        return self.go("reveal", scores)


class Server(QueryServer):
    def __init__(self, seat, mechanism):
        super().__init__(seat)
        self.go = mechanism.go

    def publish(self):
        self.go("publish", None)
        return [Wire(client, "hint", PUBLIC, b"hint") for client in ()]

    def answer(self, query):
        vector = unpack(query.body, shape=(self.seat.task.dims,), dtype=np.int64)
        body = pack(self.seat.own @ vector)
        return Wire(reply_to(query), "scores", PLAINTEXT, self.go("answer", body) or body)


for _name, _ways in WAYS.items():
    globals()[f"Way_{_name}"] = type(f"Way_{_name}", (Wayward,), {"ways": _ways, "__module__": __name__})


@hookimpl
def register_backends():
    return [
        BackendSpec(
            id=name, title=name.replace("_", " ").capitalize(), summary="Goes wrong in one way.",
            implements={"scoring": f"{__name__}:Way_{name}"},
        )
        for name in WAYS
    ]  # fmt: skip
