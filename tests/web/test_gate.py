"""The gate: foreign names and foreign pages over HTTP and over the WebSocket, and connections that ask for nothing."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from privacy.web.gate import HOSTS, Names, loopback
from privacy.web.limits import Limits
from privacy.web.serving import bound, patient
from tests.support.browser import App
from tests.support.machines import machine
from tests.support.soaking import soaking
from tests.support.waiting import wait_until

PATHS = (
    "/", "/fyp", "/_stcore/health", "/_stcore/host-config", "/static/x.js", "/media/x.png", "/component/x/y",
    "/api/health",
)  # fmt: skip


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory, features: Path) -> Iterator[App]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(HOSTS, "bench.example.org")
        app = App(tmp_path_factory.mktemp("gate"), features)
        yield app
        app.close()


def status(app: App, path: str, **headers: str) -> int:
    return httpx.get(f"{app.url}{path}", headers=headers, verify=False, timeout=60).status_code


def opens(app: App, **headers: str) -> bool:
    """Whether the pages' WebSocket opens with these headers."""
    line = socket.create_connection(("127.0.0.1", app.port))
    host = headers.pop("host", f"127.0.0.1:{app.port}")
    try:
        with connect(
            f"ws://{host}/_stcore/stream", sock=line, additional_headers=headers, subprotocols=["streamlit"],  # type: ignore[list-item]
            open_timeout=60,
        ):  # fmt: skip
            return True
    except InvalidStatus as refused:
        return refused.response.status_code != 403


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "evil.example:8501"},
        {"host": "localhost.evil.example"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://localhost.evil.example"},
    ],
    ids=str,
)  # fmt: skip
def test_a_foreign_page_is_refused_everywhere(running: App, path: str, headers: dict[str, str]) -> None:
    assert status(running, path, **headers) == 403


@pytest.mark.parametrize(
    ("headers", "opened"),
    [
        ({}, True),
        ({"origin": "http://127.0.0.1:{port}"}, True),
        ({"host": "localhost:{port}", "origin": "http://localhost:{port}"}, True),
        ({"host": "bench.example.org", "origin": "https://bench.example.org"}, True),
        ({"origin": "https://bench.example.org"}, True),  # a reverse proxy that does not hand the name on
        ({"host": "evil.example"}, False),
        ({"host": "evil.example", "origin": "http://evil.example"}, False),
        ({"origin": "http://evil.example"}, False),
        ({"origin": "http://localhost:1"}, False),
        ({"origin": "null"}, False),
    ],
    ids=str,
)  # fmt: skip
def test_the_socket_opens_for_pages_of_its_own(running: App, headers: dict[str, str], opened: bool) -> None:
    assert opens(running, **{k: v.format(port=running.port) for k, v in headers.items()}) is opened


def test_the_app_is_served_at_its_own_names(running: App) -> None:
    for host in (f"localhost:{running.port}", "127.0.0.1", "[::1]", "bench.example.org"):
        assert status(running, "/api/health", host=host) == status(running, "/_stcore/health", host=host) == 200


@pytest.mark.parametrize(
    ("host", "known"),
    [("LOCALHOST", True), ("localhost.", True), ("10.1.2.3:80", True), ("a.b", True), ("A.B.:9", True), ("", False),
     ("x.a.b", False), ("a.b@evil", False), ("[::1", False), ("127.0.0.1.evil", False)],
)  # fmt: skip
def test_names(host: str, known: bool) -> None:
    assert Names(["a.b"]).known(host) is known


@contextlib.contextmanager
def half_open(port: int, count: int) -> Iterator[list[socket.socket]]:
    """Connections that begin a request and never end it, each of which the server has seen."""
    with contextlib.ExitStack() as stack:
        lines = []
        for number in range(count):
            line = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
            with contextlib.suppress(ConnectionError):
                line.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n" if number % 2 else b"")
            lines.append(line)
        yield lines


def closed(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return line.recv(1) == b""
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


def test_a_socket_that_is_quiet_outlives_the_deadline_of_a_request() -> None:
    """A page may stand still for hours."""
    limits = Limits(header_seconds=0.2, quiet=2)

    async def echo(scope: Any, receive: Any, send: Any) -> None:
        while scope["type"] == "websocket":
            message = await receive()
            if message["type"] == "websocket.connect":
                await send({"type": "websocket.accept"})
            elif message["type"] == "websocket.receive":
                await send({"type": "websocket.send", "text": message["text"]})
            else:
                return

    listener = bound("127.0.0.1", 0)
    config = uvicorn.Config(echo, http=patient(limits), ws="websockets-sansio", lifespan="off", log_config=None)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    wait_until(lambda: server.started)
    port = listener.getsockname()[1]
    with connect(f"ws://127.0.0.1:{port}/", open_timeout=60) as line, half_open(port, 8) as lines:
        wait_until(lambda: all(map(closed, lines)))
        time.sleep(3 * limits.header_seconds)
        line.send("still here")
        assert line.recv(timeout=60) == "still here"
    server.should_exit = True
    thread.join()
    listener.close()


@pytest.mark.sized("browser")
def test_half_open_connections_keep_nobody_out(running: App) -> None:
    with half_open(running.port, 400) as lines:
        assert status(running, "/_stcore/health") == status(running, "/api/health") == 200
        assert opens(running)
        wait_until(lambda: sum(map(closed, lines)) >= 400 - 128)
        if soaking():  # those that stay are timed: none is there for ever
            wait_until(lambda: all(map(closed, lines)))


def test_half_open_connections_keep_no_host_out_of_a_server_of_a_role() -> None:
    with machine() as live, half_open(live.port, 560):
        answer = httpx.get(f"{live.url}/api/health", verify=False, timeout=60)
        assert answer.status_code == 200


@pytest.mark.parametrize(
    ("address", "alone"),
    [("127.0.0.1", True), ("127.8.9.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("::", False),
     ("192.168.1.2", False), ("bench.example.org", False), ("", False), (None, False)],
)  # fmt: skip
def test_addresses_of_this_machine_alone_are_known(address, alone):
    assert loopback(address) is alone
