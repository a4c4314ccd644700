"""A relay: the app carries what a client elsewhere sends to a mechanism's servers, and cannot read it.

The client's role runs where its key is, such as in a browser's tab, in code of its own. Here only bodies of wires pass:
the queries as they came, the answers as they go. They cross the channel like all wires, so the record shows what this
process had of them.
"""

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from privacy.boundary.channel import Channel
from privacy.boundary.party import CLIENT, SERVER
from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import CIPHERTEXT, Wire
from privacy.guarantees import Guarantee
from privacy.mechanism import Mechanism
from privacy.primitives.query import QueryClient, QueryMechanism, QueryServer
from privacy.protocol import Session
from privacy.transports.base import Endpoint, Transport
from privacy.transports.station import MaterialCache


class _PassingClient(QueryClient[Any]):
    """Stands for a client elsewhere: sends on what came from it, and keeps what is for it."""

    material: bytes = b""

    def keep(self, material: Sequence[Wire]) -> None:
        self.material = b"".join(wire.body for wire in material)

    def query(self, private: Secret[bytes]) -> Iterable[Wire]:
        yield Wire(to=SERVER, kind="query", exposure=CIPHERTEXT, body=private.open(self.seat))

    def reveal(self, answers: Sequence[Wire]) -> bytes:
        return answers[0].body


class _Passing(QueryMechanism[Any]):
    """The mechanism as the relay sees it: one server, which is the real one, and a client that passes bodies on."""

    def __init__(self, real: Mechanism[Any], client: list[_PassingClient]) -> None:
        super().__init__(real.params)
        self._real, self._client = real, client

    def client(self, seat: Seat[Any]) -> _PassingClient:
        self._client[:] = [_PassingClient(seat)]
        return self._client[0]

    def server(self, seat: Seat[Any]) -> QueryServer[Any]:
        return self._real.role(seat)  # type: ignore[return-value]

    def guarantee(self, task: Any) -> Guarantee:
        return self._real.guarantee(task)


class _Elsewhere:
    """Places the real mechanism's server where a transport does."""

    def __init__(self, real: Mechanism[Any], transport: Transport) -> None:
        self._real, self._transport = real, transport

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> Endpoint:
        return self._transport.place(self._real, seat, cache=cache)

    def close(self) -> None:
        self._transport.close()


class Relay:
    """One mechanism's server, seated on `transport`, for any number of clients elsewhere, one query at a time.

    `closing` ends what the transport needs.
    """

    def __init__(
        self, mechanism: Mechanism[Any], task: Any, own: Any, *, transport: Transport,
        closing: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        client: list[_PassingClient] = []
        self._lock, self._closing = threading.Lock(), closing
        places: Mapping[str, Transport] = {SERVER.role: _Elsewhere(mechanism, transport)}
        self._session: Session[Any] = Session(_Passing(mechanism, client), task, {SERVER: own}, transports=places)
        self.guarantee = mechanism.guarantee(task)
        try:
            self._session.publish(Channel())
        except BaseException:
            self.close()
            raise
        self.published = client[0].material
        """What the server publishes to every client."""

    @classmethod
    def spawned(cls, mechanism: Mechanism[Any], task: Any, own: Any) -> "Relay":
        """The server in a process of its own."""
        from privacy.transports.spawned import Spawned

        transport = Spawned()
        return cls(mechanism, task, own, transport=transport, closing=transport.close)

    def ask(self, query: bytes, channel: Channel) -> bytes:
        """The body of the server's answer to the body of a query. WireError for a query that it refuses."""
        with self._lock:
            return bytes(self._session.run({CLIENT: Secret(query, owner=CLIENT)}, channel).output)

    def there(self) -> bool:
        """Whether the server is one that this process keeps: it is, until it is closed."""
        return True

    def close(self) -> None:
        """End the server."""
        for endpoint in self._session.endpoints.values():
            endpoint.close()
        self._closing()
