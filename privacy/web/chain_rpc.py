"""The embedded chain's JSON-RPC under the app, so that a browser's wallet can use it.

A wallet asks from an extension, whose origin is none of the app's own: extensions may come in here, and nowhere else.
Only from this machine, whatever address the app is served at: who signs is the wallet, and who may read is its owner.
"""

import ipaddress
from collections.abc import Callable

import anyio.to_thread
from starlette.responses import Response

from privacy.chains.chain import Chain
from privacy.chains.serving import serve
from privacy.errors import VeilbenchError
from privacy.web.limits import App, Door, Limits, Receive, Refused, Scope, headers_of

PATH = "/api/chain/rpc"
EXTENSIONS = ("chrome-extension", "moz-extension", "safari-web-extension")
"""Schemes of the origins of wallets."""

_LIMITS = Limits(body_bytes=2**20, body_seconds=10.0, queue=16)


def of_extension(origin: str) -> bool:
    """Whether an origin is that of a browser's extension."""
    return origin.partition("://")[0] in EXTENSIONS


class ChainRpc(Door):
    """Middleware that answers at PATH, behind the gate; `chain` opens the chain, or gives the one that is open."""

    def __init__(self, app: App, *, chain: Callable[[], Chain], limits: Limits = _LIMITS) -> None:
        super().__init__(app, limits)
        self._chain = chain

    def mine(self, path: str) -> bool:
        return path == PATH

    async def answer(self, scope: Scope, receive: Receive) -> Response:
        headers = headers_of(scope)
        origin = headers.get("origin", "")
        shared = {"access-control-allow-origin": origin, "vary": "origin"} if of_extension(origin) else {}
        if not _of_this_machine(scope):
            raise Refused(403, "Not this machine", "The embedded chain is served to this machine alone.")
        if scope["method"] == "OPTIONS" and shared:
            allowed = {"access-control-allow-methods": "POST", "access-control-allow-headers": "content-type"}
            return Response(status_code=204, headers=shared | allowed)
        if scope["method"] != "POST":
            raise Refused(405, "Not a call", "Send JSON-RPC as a POST.")
        if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
            raise Refused(415, "Not JSON", "Send the body as JSON, with Content-Type: application/json.")
        body = await self.body(headers, receive)
        found = await anyio.to_thread.run_sync(self._served, body)
        return Response(found, media_type="application/json", headers=shared)

    def _served(self, body: bytes) -> bytes:
        try:
            return serve(self._chain().requests, body)
        except VeilbenchError as error:
            raise Refused(503, "No chain", str(error)) from error


def _of_this_machine(scope: Scope) -> bool:
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
