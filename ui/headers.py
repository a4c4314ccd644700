"""Security headers for every HTTP answer, as pure ASGI: WebSockets pass untouched."""

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Scope, Receive, Send], Awaitable[None]]

# Streamlit styles inline and loads workers from blobs; nothing comes from, or goes to, another host.
_POLICY = (
    "default-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
    "frame-ancestors 'self'",
)
_SCRIPTS = ("'self'", "blob:", "'wasm-unsafe-eval'")


class SecurityHeaders:
    """Middleware that adds the headers to each response; `scripts` are further sources that its policy admits.

    `reached` says which other origins a page may ask by now: the servers that its user named.
    """

    def __init__(
        self, app: Asgi, scripts: Sequence[str] = (), reached: Callable[[], Sequence[str]] = tuple
    ) -> None:  # fmt: skip
        self.app, self._reached = app, reached
        self._policy = "; ".join((*_POLICY, " ".join(("script-src", *_SCRIPTS, *scripts))))
        self.headers = [
            (b"x-content-type-options", b"nosniff"),
            (b"x-frame-options", b"SAMEORIGIN"),
            (b"referrer-policy", b"no-referrer"),
        ]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                policy = "; ".join((self._policy, " ".join(("connect-src", "'self'", *self._reached()))))
                more = [(b"content-security-policy", policy.encode()), *self.headers]
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        await self.app(scope, receive, with_headers)
