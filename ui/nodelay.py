"""Answers that leave at once: without this a page's redraw waits some 40 ms for the browser to acknowledge its start.

asyncio turns Nagle's algorithm (RFC 896) off only on sockets that were made with the protocol number of TCP.
Streamlit binds its listener without one, so the first message of a rerun is sent and the rest held back until the
browser's delayed acknowledgement (RFC 1122, 4.2.3.2).
"""

import contextlib
import socket
from typing import Any

from ui.headers import Asgi, Receive, Scope, Send


class NoDelay:
    """Middleware that turns Nagle's algorithm off on each WebSocket's connection, where the server shows it."""

    def __init__(self, app: Asgi) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            connection = connection_of(send)
            with contextlib.suppress(OSError):
                if connection is not None and connection.family in (socket.AF_INET, socket.AF_INET6):
                    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await self.app(scope, receive, send)


def connection_of(send: Send) -> Any | None:
    """The socket behind uvicorn's `send`, a method of the protocol that owns the transport; None elsewhere."""
    transport = getattr(getattr(send, "__self__", None), "transport", None)
    return transport.get_extra_info("socket") if transport is not None else None
