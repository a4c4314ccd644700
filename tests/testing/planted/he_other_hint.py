"""Planted bug: the server of an HE lookup publishes the hint of another table of the same shape."""

import numpy as np

from backends.he.lookup.mechanism import HeLookup, HeTable
from backends.he.lookup.table import table_of
from privacy.plugin import hookimpl
from tests.support.planted_queries import spec


class Server(HeTable):
    """Runs on the computing party."""

    def publish(self):
        (wire,) = super().publish()
        other = table_of(np.asarray(self.seat.own) ^ np.uint8(1), self.seat.task)
        yield type(wire)(wire.to, wire.kind, wire.exposure, other.hint.to_bytes())


class OtherHint(HeLookup):
    """Claims as its base does."""

    def server(self, seat):
        return Server(seat)


@hookimpl
def register_backends():
    return spec(__name__, "OtherHint", primitive="lookup")
