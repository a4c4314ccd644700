"""Where the computing parties sit while they are checked: in this process, in others, or on servers over HTTP.

The holders of private inputs stay here, as they do in every run. The kit looks into the key boxes and roles of parties
in process alone: of those elsewhere it sees the wires.
"""

import contextlib
import threading
from collections import deque
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from privacy.boundary.party import Party
from privacy.protocol import Session
from privacy.registry import Registry
from privacy.transports.base import Transport
from privacy.transports.cradle import cradle
from privacy.transports.nursery import Nursery
from privacy.transports.station import Station

IN_PROCESS, SPAWNED, HTTP = "in process", "spawned", "http"
PLACES = (IN_PROCESS, SPAWNED, HTTP)
_KEPT = 6
_PARTIES = 64
_MEMORY = 4 * 2**30
_SECONDS = 30.0


class Place:
    """One place. Sessions elsewhere hold a process each: only the last few stay open."""

    def __init__(self, name: str = IN_PROCESS, transports: Mapping[str, Transport] | None = None) -> None:
        self.name = name
        self._transports = dict(transports or {})
        self._open: deque[Session[Any]] = deque()
        self._lock = threading.Lock()

    @property
    def here(self) -> bool:
        """Whether every party sits in this process."""
        return self.name == IN_PROCESS

    def transports(self, computing: Collection[Party]) -> dict[str, Transport]:
        """The transport of each role of computing party."""
        roles = {p.role for p in computing}
        return {role: transport for role, transport in self._transports.items() if role in roles}

    def opened(self, session: Session[Any]) -> Session[Any]:
        """Remember an open session, and close the oldest where there are too many."""
        if not self.here:
            with self._lock:
                self._open.append(session)
                old = [self._open.popleft() for _ in range(len(self._open) - _KEPT)]
            for one in old:
                _close(one)
        return session

    def close(self) -> None:
        """Close every session that is open still."""
        while self._open:
            _close(self._open.popleft())


HERE = Place()


def _close(session: Session[Any]) -> None:
    for endpoint in session.endpoints.values():
        if not isinstance(endpoint, Station):
            # A party that hangs or is gone cannot be asked to leave.
            with contextlib.suppress(Exception):
                endpoint.close()


@contextmanager
def places(
    names: Collection[str], computing: Collection[Party], registry: Registry, *, modules: Collection[str] = ()
) -> Iterator[dict[str, Place]]:
    """The places of these names, ready for parties of the roles of `computing`; closed at the end.

    `modules` are what parties need: elsewhere their processes are forked from one that has imported it.
    """
    roles = sorted({p.role for p in computing})
    with ExitStack() as stack:
        found = {IN_PROCESS: HERE} if IN_PROCESS in names else {}
        apart = {SPAWNED, HTTP} & set(names) if roles else set()
        nursery = stack.enter_context(cradle(modules)) if apart else None
        if SPAWNED in apart:
            found[SPAWNED] = Place(SPAWNED, {role: stack.enter_context(_spawned(nursery)) for role in roles})
        if HTTP in apart:
            found[HTTP] = Place(HTTP, stack.enter_context(_served(computing, registry, nursery)))
        for one in found.values():
            stack.callback(one.close)
        yield found


@contextmanager
def _spawned(nursery: Nursery | None) -> Iterator[Transport]:
    from privacy.transports.spawned import Spawned

    with Spawned(nursery=nursery) as transport:
        yield transport


@contextmanager
def _served(
    computing: Collection[Party], registry: Registry, nursery: Nursery | None
) -> Iterator[dict[str, Transport]]:
    """A server for each of these parties on this machine's loopback, as `veilbench serve --role` starts them."""
    import secrets

    from privacy.transports.http import SEATS, Http
    from privacy.web.app import build_app
    from privacy.web.limits import Limits
    from privacy.web.serving import Live

    token = secrets.token_urlsafe(32)
    limits = Limits(parties=_PARTIES, memory_bytes=_MEMORY, operation_seconds=_SECONDS)
    with ExitStack() as stack:
        urls = []
        seats = {(SEATS[p.role], p.index or 1) for p in computing if p.role in SEATS}
        for machine, _ in sorted(seats):
            app = build_app(machine, token=token, limits=limits, registry=registry, nursery=nursery)
            urls.append(stack.enter_context(Live(app, limits=limits)).url)
        http = stack.enter_context(Http(urls, token=token, registry=registry, seconds=_SECONDS))
        yield dict(http.transports())
