"""The servers that a machine of a role seats for browsers: they ask it themselves, and their app carries nothing.

The app seats one, with the machine's token, under a name that it draws; whoever has the name may ask it. A browser lets
a page do so where the machine names the page's origin, and it names one alone.
"""

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response

from privacy.boundary.channel import Channel
from privacy.boundary.party import SERVER
from privacy.errors import ParamError, UnknownNameError
from privacy.relay import Relay
from privacy.transports.base import Transport
from privacy.web.limits import App, Receive, Refused, Scope, Send, headers_of, problem
from privacy.web.seating import Seating
from privacy.web.tab_relay import PATH

_DAY = 86_400


def origin_of(text: str) -> str:
    """An origin as browsers write it: scheme, host, and port where it is not the usual one. ParamError for none."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port = "", None
    plain = parts.scheme in ("http", "https") and host and not parts.path.strip("/") and not parts.query
    if not plain or parts.fragment or parts.username is not None:
        then = "name the app as its address begins, such as http://localhost:8501"
        raise ParamError(f"{text[:60]!r} is not an origin of a page", then=then)
    usual = {"http": 80, "https": 443}[parts.scheme]
    named = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{named}" + (f":{port}" if port not in (None, usual) else "")


@dataclass
class _Seat:
    relay: Relay
    used: float = field(default_factory=time.monotonic)


class TabSeats:
    """Servers by the name that their app gave them; those that nobody asks for a while are ended."""

    def __init__(self, transport: Transport, *, most: int, idle_seconds: float) -> None:
        self._transport, self._most, self._idle = transport, most, idle_seconds
        self._lock = threading.Lock()
        self._seats: dict[str, _Seat] = {}

    def seat(self, name: str, seating: Seating, *, mechanism: Any, own: Any) -> None:
        """Seat a server under a name. Refused where there are too many, or what is asked has no part for a browser."""
        if seating.party != SERVER or not mechanism.browser(seating.task):
            raise Refused(422, "Not for a tab", f"{seating.backend}'s {seating.primitive} has no client for a browser.")
        with self._lock:
            if name in self._seats:
                return
            if len(self._seats) >= self._most:
                text = "All seats for tabs are taken; try again later."
                raise Refused(503, "Busy", text, headers={"Retry-After": "5"})
        made = Relay(mechanism, seating.task, own, transport=self._transport)
        with self._lock:
            self._seats[name] = _Seat(made)

    def published(self, name: str, step: str) -> bytes:
        """What the server of a name publishes. UnknownNameError where there is none."""
        return self._of(name).relay.published

    def ask(self, name: str, step: str, query: bytes) -> bytes:
        """The server's answer. WireError for a query that it refuses."""
        return self._of(name).relay.ask(query, Channel())

    def there(self, name: str) -> bool:
        """Whether a server is seated under a name."""
        with self._lock:
            return name in self._seats

    def leave(self, name: str) -> None:
        """End a server."""
        with self._lock:
            found = self._seats.pop(name, None)
        if found is not None:
            found.relay.close()

    def reap(self) -> None:
        """End the servers that nobody has asked for too long."""
        before = time.monotonic() - self._idle
        with self._lock:
            over = [name for name, one in self._seats.items() if one.used < before]
        for name in over:
            self.leave(name)

    def close(self) -> None:
        with self._lock:
            names = list(self._seats)
        for name in names:
            self.leave(name)

    def _of(self, name: str) -> _Seat:
        with self._lock:
            found = self._seats.get(name)
        if found is None:
            raise UnknownNameError("server", name[:12], [])
        found.used = time.monotonic()
        return found


class OneOrigin:
    """Middleware: what tabs ask is answered to pages of one origin, and browsers are told so (CORS)."""

    def __init__(self, app: App, *, origin: str) -> None:
        self._app, self._origin = app, origin

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not str(scope.get("path", "")).startswith(PATH):
            await self._app(scope, receive, send)
            return
        headers = headers_of(scope)
        if headers.get("origin") != self._origin:
            refused = Refused(403, "Another page", "This server answers to the pages of one app alone.")
            await problem(refused)(scope, receive, send)
            return
        allowed = {"access-control-allow-origin": self._origin, "vary": "Origin"}
        if scope["method"] == "OPTIONS":
            more = {
                "access-control-allow-methods": "GET, POST", "access-control-allow-headers": "content-type",
                "access-control-max-age": str(_DAY),
            }  # fmt: skip
            await Response(status_code=204, headers={**allowed, **more})(scope, receive, send)
            return
        extra = [(name.encode(), value.encode()) for name, value in allowed.items()]

        async def with_headers(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *extra]
            await send(message)

        await self._app(scope, receive, with_headers)
