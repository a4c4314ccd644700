"""Visits of browsers that hold their own key: whom they ask through this process, and what this process saw of it."""

import contextlib
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from privacy.boundary.channel import Channel
from privacy.boundary.party import SERVER
from privacy.boundary.transcript import Message
from privacy.errors import IntegrityError, ProtocolAborted, StateError, UnknownNameError, VeilbenchError, WireError
from privacy.mechanism import Mechanism
from privacy.registry import Registry
from privacy.relay import Relay
from privacy.services import servers

if TYPE_CHECKING:
    from privacy.transports.http import Http

_DEPLOYMENTS, _VISITS, _KEPT = 2, 64, 40


def seated(mechanism: Mechanism[Any], task: Any, own: Any, registry: Registry) -> Relay:
    """A mechanism's server for tabs: on the servers in use, or else in a process of its own."""
    chosen = servers.configured()
    if chosen is None:
        return Relay.spawned(mechanism, task, own)
    http = chosen.transport(registry)
    try:
        return Relay(mechanism, task, own, transport=http.transports()[SERVER.role], closing=http.close)
    except BaseException:
        http.close()
        raise


class Straight:
    """A mechanism's server on a machine of its own, which a browser's tab asks by itself: nothing passes here.

    It is at `url`, under `name`, which whoever asks it needs.
    """

    published = b""

    def __init__(self, mechanism: Mechanism[Any], task: Any, own: Any, http: "Http") -> None:
        self.guarantee = mechanism.guarantee(task)
        self._http = http
        self.url, self.name = http.seat_for_tabs(mechanism, SERVER, task, own)

    def ask(self, query: bytes, channel: Channel) -> bytes:
        """WireError: a query that came here was meant for the server itself."""
        raise WireError("this tab asks its server straight", then="load the page again")

    def there(self) -> bool:
        """Whether the server still has it."""
        try:
            return self._http.has_tab(self.url, self.name)
        except VeilbenchError:
            return False

    def close(self) -> None:
        with contextlib.suppress(VeilbenchError):
            self._http.leave_tab(self.url, self.name)
        self._http.close()


Relays = Mapping[str, Relay | Straight]


def admitted(registry: Registry) -> str:
    """The origin whose pages the servers in use let ask them straight; empty where there is none, or they differ."""
    chosen = servers.configured()
    if chosen is None:
        return ""
    from privacy.transports.http import SEATS

    with chosen.transport(registry) as http:
        origins = {http.tab_origin(url) for url, role in http.roles().items() if role == SEATS[SERVER.role]}
    return origins.pop() if len(origins) == 1 else ""


def straight(mechanism: Mechanism[Any], task: Any, own: Any, registry: Registry) -> Straight:
    """A mechanism's server for tabs on the servers in use, which tabs ask by themselves. StateError without servers."""
    chosen = servers.configured()
    if chosen is None:
        raise StateError("no servers are in use", then="name one, or let this app carry the queries")
    http = chosen.transport(registry)
    try:
        return Straight(mechanism, task, own, http)
    except BaseException:
        http.close()
        raise


@dataclass
class Visit:
    """One browser's tab: the servers that it asks, by step, and the messages that passed, latest last."""

    id: str
    relays: Relays
    messages: list[Message] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Tabs:
    """Every visit of this app. Servers are shared by all visits to the same data; those of two data sets are kept."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._making: dict[str, threading.Lock] = {}
        self._relays: OrderedDict[str, Relays] = OrderedDict()
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    def open(self, key: str, make: Callable[[], Relays]) -> Visit:
        """A new visit to the servers of `key`, which `make` seats where none are seated yet."""
        with self._lock:
            making = self._making.setdefault(key, threading.Lock())
        with making:
            with self._lock:
                found = self._relays.get(key)
            if found is not None and not all(one.there() for one in found.values()):
                self._drop(found)
                found = None
            found = make() if found is None else found
            with self._lock:
                self._relays[key] = found
                self._relays.move_to_end(key)
                over = [self._relays.popitem(last=False)[1] for _ in range(len(self._relays) - _DEPLOYMENTS)]
                visit = Visit(secrets.token_hex(24), found)
                self._visits[visit.id] = visit
                while len(self._visits) > _VISITS:
                    self._visits.popitem(last=False)
        for relays in over:
            _close(relays)
        return visit

    def get(self, id: str) -> Visit:
        """The visit with this id; UnknownNameError where there is none, or it is over."""
        with self._lock:
            visit = self._visits.get(id)
        if visit is None:
            raise UnknownNameError("visit", id[:40], [])
        return visit

    def alive(self, id: str) -> bool:
        """Whether there is a visit with this id."""
        with self._lock:
            return id in self._visits

    def published(self, id: str, step: str) -> bytes:
        """What the server of a step publishes."""
        return self._relay(self.get(id), step).published

    def ask(self, id: str, step: str, query: bytes) -> bytes:
        """Carry a query to the server of a step, and its answer back. WireError for a query that the server refuses."""
        visit = self.get(id)
        relay = self._relay(visit, step)
        with visit.lock:
            channel = Channel()
            try:
                return relay.ask(query, channel)
            except (ProtocolAborted, IntegrityError):
                # The server is gone: whoever loads the page again is given another.
                self._drop(visit.relays)
                raise
            finally:
                visit.messages = [*visit.messages, *channel.transcript.messages][-_KEPT:]

    def close(self) -> None:
        """End every server."""
        with self._lock:
            found, self._relays = list(self._relays.values()), OrderedDict()
            self._visits.clear()
        for relays in found:
            _close(relays)

    def _drop(self, relays: Relays) -> None:
        with self._lock:
            for key in [k for k, found in self._relays.items() if found is relays]:
                del self._relays[key]
            for id in [i for i, visit in self._visits.items() if visit.relays is relays]:
                del self._visits[id]
        _close(relays)

    def _relay(self, visit: Visit, step: str) -> Relay | Straight:
        if step not in visit.relays:
            raise UnknownNameError("step", step, sorted(visit.relays))
        return visit.relays[step]


def _close(relays: Relays) -> None:
    for relay in relays.values():
        relay.close()
