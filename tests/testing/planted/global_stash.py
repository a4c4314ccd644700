"""Planted bug: random bytes on the wire, and the vector itself in a global of the module that both sides share."""

import numpy as np

from privacy.plugin import (
    CIPHERTEXT,
    PLAINTEXT,
    SERVER,
    BackendSpec,
    Guarantee,
    QueryClient,
    QueryMechanism,
    QueryServer,
    Wire,
    WireError,
    check_vector,
    hookimpl,
    pack,
    reply_to,
    unpack,
)

_STASH = {}


class StashScoring(QueryMechanism):
    """Scores what the client left in memory."""

    def client(self, seat):
        return StashClient(seat)

    def server(self, seat):
        return StashServer(seat)

    def guarantee(self, task):
        return Guarantee.computational(
            towards="server",
            statement="The server receives random bytes.",
            assumption="none is needed for random bytes",
            security_bits=256,
        )


class StashClient(QueryClient):
    """Runs on the input and result party."""

    def query(self, private):
        _STASH["vector"] = check_vector(self.seat.task, private.open(self.seat))
        body = self.seat.random.bytes(8 * self.seat.task.dims)
        yield Wire(to=SERVER, kind="noise", exposure=CIPHERTEXT, body=body)

    def reveal(self, answers):
        return unpack(answers[0].body, shape=(self.seat.task.items,), dtype=np.int64)


class StashServer(QueryServer):
    """Runs on the computing party."""

    def answer(self, query):
        if len(query.body) != 8 * self.seat.task.dims:
            raise WireError("a query has the wrong length")
        vector = _STASH.get("vector", np.zeros(self.seat.task.dims, dtype=np.int64))
        return Wire(to=reply_to(query), kind="scores", exposure=PLAINTEXT, body=pack(self.seat.own @ vector))


@hookimpl
def register_backends():
    return [BackendSpec("global_stash", "Stash", "Memory on the side.", {"scoring": f"{__name__}:StashScoring"})]
