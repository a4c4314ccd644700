"""Planted bug: each server of a two-server lookup is sent both keys, one behind the other, and uses its own."""

from dataclasses import replace

from backends.smpc.lookup.mechanism import PointFetcher, PointTable, SmpcLookup
from privacy.plugin import WireError, hookimpl
from tests.support.planted_queries import spec


class Client(PointFetcher):
    """Runs on the input and result party."""

    def query(self, private):
        one, other = super().query(private)
        yield replace(one, body=one.body + other.body)
        yield replace(other, body=other.body + one.body)


class Server(PointTable):
    """Runs on a computing party."""

    def answer(self, query):
        if len(query.body) % 2:
            raise WireError("these are not two keys of one length")
        return super().answer(replace(query, body=query.body[: len(query.body) // 2]))


class BothKeys(SmpcLookup):
    """Claims as its base does."""

    def client(self, seat):
        return Client(seat)

    def server(self, seat):
        return Server(seat)


@hookimpl
def register_backends():
    return spec(__name__, "BothKeys", primitive="lookup")
