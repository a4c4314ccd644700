"""The gate in front of everything that the app serves: pages, their WebSocket, media, components, and the API.

The process that serves the pages is the device: it knows what people like, and spends their budget. A page of another
site must not reach it, neither by a name of its own that its DNS points here (DNS rebinding) nor from its own origin.
"""

import ipaddress
import os
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.responses import PlainTextResponse

from privacy.web.chain_rpc import of_extension
from privacy.web.limits import App, Receive, Scope, Send

HOSTS = "VEILBENCH_HOSTS"
"""Further names under which the app is served, separated by commas: that of a reverse proxy, for instance."""


def named() -> tuple[str, ...]:
    """The names that the user has listed."""
    return tuple(os.environ.get(HOSTS, "").replace(",", " ").split())


def loopback(address: str | None) -> bool:
    """Whether an address, or a name, is of this machine alone; None stands for every address that it has."""
    try:
        return address == "localhost" or ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


class Names:
    """The names under which an app is served: `localhost`, addresses as numbers, and those that are listed."""

    def __init__(self, hosts: Collection[str] = ()) -> None:
        self._listed = frozenset(h.lower().rstrip(".") for h in hosts)

    def known(self, host: str) -> bool:
        """Whether a `Host` is one of them. A number is: a name that was pointed here is none."""
        name = _name(host)
        if name == "localhost" or name in self._listed:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def own(self, origin: str, host: str) -> bool:
        """Whether a page of `origin` is one of the app's own: at the `Host` that was asked, or at a listed name.

        A reverse proxy may ask under another name than the one that the browser shows.
        """
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.netloc.lower() == host.lower() or _name(parts.netloc) in self._listed


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def _seen_as_own(scope: Scope) -> Scope:
    """The request with its origin under the name that was asked: what is behind the gate compares the two again."""
    headers = dict(scope.get("headers", ()))
    if b"origin" not in headers or b"host" not in headers:
        return scope
    scheme = headers[b"origin"].partition(b"://")[0]
    own = scheme + b"://" + headers[b"host"]
    return {**scope, "headers": [(k, own if k == b"origin" else v) for k, v in scope["headers"]]}


class Gate:
    """Middleware that refuses, with 403, what comes under a foreign name or from a foreign page.

    `extensions` are the paths that a browser's extension may use as well: a wallet is one, and its origin is its own.
    """

    def __init__(self, app: App, *, hosts: Collection[str] = (), extensions: Collection[str] = ()) -> None:
        self.app, self._names, self._extensions = app, Names(hosts), frozenset(extensions)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or not (sentence := self._refusal(scope)):
            await self.app(scope if scope.get("path") in self._extensions else _seen_as_own(scope), receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008, "reason": sentence})  # before it is accepted: 403
        else:
            await PlainTextResponse(sentence + "\n", 403)(scope, receive, send)

    def _refusal(self, scope: Scope) -> str:
        headers = scope["headers"]
        hosts = [v.decode("latin-1") for k, v in headers if k == b"host"]
        if len(hosts) != 1 or not self._names.known(hosts[0]):
            return f"Veilbench is not served under this name. Open it at http://localhost, or add the name to {HOSTS}."
        origins = [v.decode("latin-1") for k, v in headers if k == b"origin"]
        if scope.get("path") in self._extensions:
            origins = [one for one in origins if not of_extension(one)]
        if not all(self._names.own(one, hosts[0]) for one in origins):
            return f"A page of another origin may not use Veilbench. Add its name to {HOSTS} if it is your own."
        return ""
