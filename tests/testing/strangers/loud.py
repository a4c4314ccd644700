"""A backend whose every text tries to be markup, and which then refuses to work in such words."""

from privacy.plugin import (
    BackendSpec,
    Guarantee,
    Mechanism,
    QueryClient,
    QueryMechanism,
    QueryServer,
    WireError,
    hookimpl,
)

MARKUP = "<img src=x onerror=alert(1)><b>bold</b> **stars** [link](http://example.org) $x$ :smile: 🦊"


class Loud(QueryMechanism):
    def client(self, seat):
        return Client(seat)

    def server(self, seat):
        return Server(seat)

    def guarantee(self, task):
        return Guarantee.none(towards="server", statement=MARKUP)


class Client(QueryClient):
    def query(self, private):
        raise WireError(MARKUP, where=MARKUP, then=MARKUP)

    def reveal(self, answers):
        return answers


class Server(QueryServer):
    def answer(self, query):
        return query


assert issubclass(Loud, Mechanism)


@hookimpl
def register_backends():
    return [
        BackendSpec(id="loud", title=MARKUP, summary=MARKUP, implements={"scoring": f"{__name__}:Loud"}),
    ]
