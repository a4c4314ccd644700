"""Running an app of this package: uvicorn with deadlines of its own, in this thread or beside it."""

import asyncio
import contextlib
import gc
import logging
import socket
import threading
import time
from types import TracebackType
from typing import Self

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle

from privacy.errors import ServiceError
from privacy.web.limits import App, Limits


class Patient(H11Protocol):
    """A connection that gives a peer `header_seconds` to send the head of a request, `send_seconds` to read on.

    Uvicorn has a deadline for an idle connection alone: a peer that sends a byte a second, or reads none, would hold
    one for ever. Who opens many and asks for nothing loses the oldest.
    """

    limits = Limits()
    quiet: dict["Patient", None] = {}  # noqa: RUF012  (each server's own; see `patient`)
    """Connections without a request in flight, the oldest first: no more than `limits.quiet` are kept."""
    _deadline: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None
    _handed_on = False
    """Whether a WebSocket has the connection now, with rules of its own."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # With any room, what a closing connection has left to send would have no deadline.
        transport.set_write_buffer_limits(high=0)
        self._arm()
        self._rest()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._handed_on:
            return
        cycle: RequestResponseCycle | None = self.cycle  # None until the first request
        if cycle is None or cycle.response_complete:
            self._arm()
        else:
            self._disarm()
            self.quiet.pop(self, None)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._rest()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._handed_on = True
        self.transport.set_write_buffer_limits()
        self._was_read()
        self._disarm()
        self.quiet.pop(self, None)
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._disarm()
        self.quiet.pop(self, None)
        self._was_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._unread = self.loop.call_later(self.limits.send_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        self._was_read()
        super().resume_writing()

    def _was_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _rest(self) -> None:
        if self.transport.is_closing():
            return
        self.quiet.setdefault(self)
        while len(self.quiet) > self.limits.quiet:
            oldest = next(iter(self.quiet))
            del self.quiet[oldest]
            oldest.transport.abort()

    def _arm(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.limits.header_seconds, self.transport.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def patient(limits: Limits) -> type[Patient]:
    """The protocol with these limits: uvicorn makes its connections itself and gives them nothing."""
    return type("Patient", (Patient,), {"limits": limits, "quiet": {}})


def be_patient(limits: Limits) -> None:
    """Give the server that is about to serve this process's app the same deadlines: called while its app starts.

    Streamlit makes that server and has no setting for its protocol, which it looks up for each connection.
    """
    for one in gc.get_objects():
        if type(one) is uvicorn.Config and one.loaded and one.http_protocol_class is H11Protocol:
            one.http_protocol_class = patient(limits)


def server_of(app: App, *, limits: Limits) -> uvicorn.Server:
    """A server for `app`: no access log, as paths name sessions, and no banner."""
    config = uvicorn.Config(
        app, http=patient(limits), ws="none", lifespan="on", access_log=False, server_header=False,
        log_config=None, proxy_headers=False, limit_concurrency=limits.connections,
        timeout_keep_alive=round(limits.keep_alive_seconds), timeout_graceful_shutdown=5, loop="asyncio",
    )  # fmt: skip
    return uvicorn.Server(config)


def bound(address: str, port: int) -> socket.socket:
    """A socket that listens on `address` and `port` (0 for any that is free); ServiceError if it cannot."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    # With the protocol named, asyncio turns Nagle's algorithm off: a small answer would wait 40 ms otherwise.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise ServiceError(
            f"port {port} on {address} cannot be used: {error.strerror}", then="stop what uses it, or choose another"
        ) from error
    return listener


def serve_here(app: App, listener: socket.socket, *, limits: Limits) -> None:
    """Serve until a signal asks for the end."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s")
    with contextlib.suppress(KeyboardInterrupt):
        server_of(app, limits=limits).run(sockets=[listener])


class Live:
    """A server beside the caller, in a thread; `url` is where it answers. For tests and for one's own machine."""

    def __init__(self, app: App, *, limits: Limits | None = None, address: str = "127.0.0.1", port: int = 0) -> None:
        self._listener = bound(address, port)
        self.port = int(self._listener.getsockname()[1])
        self.url = f"http://{address}:{self.port}"
        self._server = server_of(app, limits=limits or Limits())
        self._thread = threading.Thread(target=self._run, name=f"server on {self.port}", daemon=True)

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])

    def start(self) -> Self:
        """Return once it answers; ServiceError if it ends instead."""
        self._thread.start()
        while not self._server.started:
            if not self._thread.is_alive():
                raise ServiceError("the server ended before it answered")
            time.sleep(0.01)
        return self

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def loopback(address: str) -> bool:
    """Whether only this machine reaches `address`."""
    import ipaddress

    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
