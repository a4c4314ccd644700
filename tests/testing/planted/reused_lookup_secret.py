"""Planted bug: the random sets are drawn once for a session and used in every run, in a new order each time."""

import numpy as np

from privacy.plugin import hookimpl
from tests.support.planted_queries import Shared, SharedClient, spec


class Client(SharedClient):
    """Runs on the input and result party."""

    def sets(self):
        if not hasattr(self, "drawn"):
            self.drawn = super().sets()
        return self.drawn

    def query(self, private):
        draws = np.frombuffer(self.seat.random.bytes(8 * self.seat.task.count), dtype="<u8")
        self.order = np.argsort(draws)
        for wire in super().query(private):
            yield self.shuffled(wire)

    def shuffled(self, wire):
        rows = self.seat.task.count
        head, body = wire.body[: -rows * self.width()], wire.body[-rows * self.width() :]
        shuffled = np.frombuffer(body, dtype=np.uint8).reshape(rows, -1)[self.order]
        return type(wire)(wire.to, wire.kind, wire.exposure, head + shuffled.tobytes())

    def reveal(self, answers):
        return super().reveal(answers)[np.argsort(self.order)]


class ReusedSets(Shared):
    """Tells each server whether two runs fetched the same."""

    client_role = Client


@hookimpl
def register_backends():
    return spec(__name__, "ReusedSets", primitive="lookup")
