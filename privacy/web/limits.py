"""What protects a server from a peer that sends too much, too fast, too slowly, or without its token.

`Guarded` is ASGI middleware and knows nothing of what it guards. Every refusal is a problem (RFC 9457) with one
sentence that says what to do.
"""

import asyncio
import logging
import time
import uuid
from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from privacy.web.auth import presented, same

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Accept = Callable[[str, str, bytes | None], bool]
"""Whether a token other than the server's own opens `method`, `path`; it gets the token that was presented."""

HEALTH = "/api/health"
_PEERS = 4096


@dataclass(frozen=True)
class Limits:
    """What one server takes. Times are in seconds, sizes in bytes; `rate` is requests of one peer in a second.

    `connections` are all that are open, `quiet` those of them without a request that is being answered.
    """

    body_bytes: int = 256 * 2**20
    body_seconds: float = 60.0
    send_seconds: float = 60.0
    header_seconds: float = 10.0
    keep_alive_seconds: float = 75.0
    connections: int = 512
    quiet: int = 128
    queue: int = 64
    rate: float = 1000.0
    burst: int = 2000
    parties: int = 32
    idle_seconds: float = 600.0
    operation_seconds: float = 120.0
    memory_bytes: int = 4 * 2**30
    inputs_bytes: int = 512 * 2**20


class Refused(Exception):
    """A request that is answered with a problem: status, title, one sentence, headers."""

    def __init__(
        self, status: int, title: str, detail: str, *, headers: dict[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail, self.headers = status, title, detail, headers or {}
        self.more = more


class Door(ABC):
    """Middleware that answers some requests itself, and refuses them with a problem; all others pass on."""

    def __init__(self, app: App, limits: Limits) -> None:
        self.app, self._limits, self._inside = app, limits, 0

    @abstractmethod
    def mine(self, path: str) -> bool:
        """Whether requests to this path are answered here."""

    @abstractmethod
    async def answer(self, scope: Scope, receive: Receive) -> Response:
        """The response. Refused for what is not answered."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not self.mine(str(scope.get("path", ""))):
            await self.app(scope, receive, send)
            return
        self._inside += 1
        try:
            found = await self.answer(scope, receive)
        except Refused as refused:
            found = problem(refused)
        finally:
            self._inside -= 1
        await found(scope, receive, send)

    async def body(self, headers: Mapping[str, str], receive: Receive) -> bytes:
        """A body no longer than this door takes. Refused for a longer one, and where the door is busy."""
        length = headers.get("content-length", "0")
        if not length.isdigit() or int(length) > self._limits.body_bytes:
            raise Refused(413, "Too large", f"A body may have {self._limits.body_bytes:,} bytes at most.")
        if self._inside > self._limits.queue:
            raise Refused(503, "Busy", "Too many requests are being worked on; send it again in a moment.")
        return await whole(Body(receive, self._limits))


def headers_of(scope: Scope) -> dict[str, str]:
    """The headers of a request by their names in lower case."""
    return {k.decode("latin-1"): v.decode("latin-1") for k, v in scope["headers"]}


async def whole(receive: Receive) -> bytes:
    """The body of a request. Refused where it ends before its body."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "Gone", "The request ended before its body.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


def problem(refused: Refused) -> JSONResponse:
    """The response of a refusal."""
    return JSONResponse(
        {"title": refused.title, "detail": refused.detail, **refused.more},
        status_code=refused.status, headers=refused.headers, media_type="application/problem+json",
    )  # fmt: skip


class Buckets:
    """A token bucket for each peer; of the peers heard longest ago nothing is kept."""

    def __init__(self, *, rate: float, burst: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate, self._burst, self._clock = rate, burst, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, peer: str) -> float:
        """Take one request of `peer`: 0 if it may pass, else the seconds until one may."""
        now = self._clock()
        left, then = self._left.pop(peer, (float(self._burst), now))
        left = min(self._burst, left + (now - then) * self._rate)
        passes = left >= 1
        self._left[peer] = (left - passes, now)
        while len(self._left) > _PEERS:
            self._left.popitem(last=False)
        return 0.0 if passes else (1 - left) / self._rate


class Guarded:
    """Lets through, of what peers send, what the limits and the token allow.

    `open_paths` need no token when they are read (GET, HEAD). `accept` may let a request in by a token of another
    kind, such as a contributor's.
    """

    def __init__(
        self, app: App, *, token: str, limits: Limits | None = None, open_paths: Collection[str] = (HEALTH,),
        accept: Accept | None = None,
    ) -> None:  # fmt: skip
        self.app, self.limits = app, limits or Limits()
        self._token, self._open, self._accept = token.encode(), frozenset(open_paths), accept
        self._buckets = Buckets(rate=self.limits.rate, burst=self.limits.burst)
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._request(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False
        body = Body(receive, self.limits)

        async def reply(message: Message) -> None:
            nonlocal started
            # A framework may take a refusal of the body for a fault of its own: the refusal is what is answered.
            if body.refused is not None and not started:
                refused, body.refused = body.refused, None
                raise refused
            started = True
            await send(message)

        try:
            self._admit(scope)
        except Refused as refused:
            await problem(refused)(scope, receive, reply)
            return
        self._inside += 1
        try:
            await self.app(scope, body, reply)
        except Refused as refused:
            body.refused = None
            if not started:  # else the connection ends with half an answer
                await problem(refused)(scope, receive, reply)
        except ClientDisconnect:
            return  # there is nobody to tell
        except Exception as error:
            # Named by its type and an id alone: a traceback may quote what a peer sent.
            log_id = uuid.uuid4().hex[:8]
            logging.getLogger("veilbench").error("unexpected %s, id %s", type(error).__name__, log_id)
            if not started:
                text = f"Something went wrong inside this server (id {log_id})."
                await problem(Refused(500, "Error", text))(scope, receive, reply)
        finally:
            self._inside -= 1

    def _admit(self, scope: Scope) -> None:
        peer = scope["client"][0] if scope.get("client") else ""
        wait = self._buckets.wait(peer)
        if wait:
            seconds = f"{max(1, round(wait))}"
            raise Refused(
                429, "Too many requests", f"This server takes {self.limits.rate:g} requests a second from one peer; "
                "slow down and send it again.", headers={"Retry-After": seconds},
            )  # fmt: skip
        self._authorise(scope)
        if self._inside >= self.limits.queue:
            raise Refused(
                503, "Busy", f"This server works on {self.limits.queue} requests and takes no more now; send it "
                "again in a moment.", headers={"Retry-After": "1"},
            )  # fmt: skip
        length = dict(scope["headers"]).get(b"content-length", b"0")
        if not length.isdigit() or int(length) > self.limits.body_bytes:
            raise _too_large(self.limits)

    def _authorise(self, scope: Scope) -> None:
        method, path = scope["method"], scope["path"]
        given = presented(scope["headers"])
        if method in ("GET", "HEAD") and path in self._open:
            return
        if given is not None and same(given, self._token):
            return
        if self._accept is not None and self._accept(method, path, given):
            return
        raise Refused(
            401, "No access", "This server answers only with its token; send it as 'Authorization: Bearer ...'.",
            headers={"WWW-Authenticate": "Bearer"},
        )  # fmt: skip


class Body:
    """The body of a request as it comes in: no longer and no slower than allowed, whatever its header announced."""

    def __init__(self, receive: Receive, limits: Limits) -> None:
        self._receive, self._limits = receive, limits
        self._size, self._whole = 0, False
        self.refused: Refused | None = None
        self._until: float | None = None

    async def __call__(self) -> Message:
        if self._whole:
            return await self._receive()  # waits for the peer to leave: no limit
        now = asyncio.get_running_loop().time()
        self._until = self._until or now + self._limits.body_seconds
        try:
            message = await asyncio.wait_for(self._receive(), max(0.0, self._until - now))
        except TimeoutError:
            text = f"The body did not arrive within {self._limits.body_seconds:g} seconds; send it again."
            raise self._refuse(Refused(408, "Too slow", text, headers={"Connection": "close"})) from None
        self._whole = not message.get("more_body", False)
        self._size += len(message.get("body", b""))
        if self._size > self._limits.body_bytes:
            raise self._refuse(_too_large(self._limits))
        return message

    def _refuse(self, refused: Refused) -> Refused:
        self.refused = refused
        return refused


def _too_large(limits: Limits) -> Refused:
    return Refused(413, "Too large", f"This server takes bodies of at most {limits.body_bytes:,} bytes.")
