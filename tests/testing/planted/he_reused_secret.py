"""Planted bug: the secrets of HE lookup are drawn once for a session, under fresh errors: a difference of two queries
names the columns of both."""

from backends.he.lookup.mechanism import HeFetcher, HeLookup
from privacy.plugin import hookimpl
from tests.support.planted_queries import spec


class Client(HeFetcher):
    """Runs on the input and result party."""

    def sampler(self):
        fresh, self.drawn = super().sampler(), getattr(self, "drawn", [])
        place = iter(range(self.seat.task.count))

        def ternary(shape, draw=fresh.ternary):
            if (at := next(place)) == len(self.drawn):
                self.drawn.append(draw(shape))
            return self.drawn[at]

        fresh.ternary = ternary
        return fresh


class ReusedSecret(HeLookup):
    """Claims as its base does."""

    def client(self, seat):
        return Client(seat)


@hookimpl
def register_backends():
    return spec(__name__, "ReusedSecret", primitive="lookup")
