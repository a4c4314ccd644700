"""Planted bug: the root seeds of point functions are drawn once for a session."""

from backends.smpc.lookup.mechanism import PointFetcher, SmpcLookup
from privacy.plugin import hookimpl
from tests.support.planted_queries import spec


class Client(PointFetcher):
    """Runs on the input and result party."""

    def seeds(self):
        if not hasattr(self, "drawn"):
            self.drawn = super().seeds()
        return self.drawn


class ReusedSeed(SmpcLookup):
    """Claims as its base does."""

    def client(self, seat):
        return Client(seat)


@hookimpl
def register_backends():
    return spec(__name__, "ReusedSeed", primitive="lookup")
