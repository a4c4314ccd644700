"""What a server refuses, whoever asks: no token, too much, too fast, too slowly, too many."""

import contextlib
import gc
import json
import socket
import time
from dataclasses import replace

import httpx
import pytest

from privacy.errors import ParamError, ServiceError, StateError
from privacy.transports.http_line import Line
from privacy.web.auth import check_token, presented, same, server_token
from privacy.web.limits import Buckets, Limits
from privacy.web.serving import Patient, bound, loopback
from tests.support.machines import TOKEN, machine, raw
from tests.support.waiting import wait_until

LIMITS = Limits(
    body_bytes=10_000, body_seconds=1.5, header_seconds=1.5, keep_alive_seconds=2, rate=1e6, burst=1_000_000,
    memory_bytes=2**30, send_seconds=1.5, inputs_bytes=15_000,
)  # fmt: skip
NAME = "n" * 24


@pytest.fixture(scope="module")
def live():
    with machine(limits=LIMITS) as one:
        yield one


def query(method, url, **more):
    """The answer to a request, however busy this machine is."""
    return httpx.request(method, url, timeout=60, verify=False, **more)


def bearer(token=TOKEN):
    return {"Authorization": f"Bearer {token}"}


def announced(length):
    """The head of a request whose body is to come."""
    head = f"PUT /api/inputs/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nContent-Length: {length}\r\n\r\n"
    return head.encode()


def send_for_long(line, piece, *, pause):
    """Send until an error ends it."""
    for _ in range(3000):
        line.sendall(piece)
        time.sleep(pause)


def problem(answer, status):
    """The sentence of a refusal, after checking its form."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    wording = answer.json()
    assert set(wording) == {"title", "detail"}
    assert wording["detail"].endswith(".")
    return wording["detail"]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/", "/openapi.json", "/api/inputs/0", f"/api/parties/{NAME}", "/nowhere"])
def test_nothing_but_health_answers_without_the_token(live, method, path):
    for headers in ({}, bearer("x"), bearer(TOKEN[:-1]), bearer(TOKEN + "x"), {"Authorization": f"Basic {TOKEN}"}):
        answer = query(method, live.url + path, headers=headers)
        assert "only with its token" in problem(answer, 401)
        assert answer.headers["www-authenticate"] == "Bearer"
    twice = [("Authorization", f"Bearer {TOKEN}"), ("Authorization", "Bearer x")]
    assert query(method, live.url + path, headers=twice).status_code == 401


def test_health_tells_role_and_versions_and_only_when_read(live):
    wording = query("GET", f"{live.url}/api/health").json()
    assert wording["role"] == "scoring"
    assert {"version", "api", "protocol", "body_bytes"} < set(wording)
    assert query("POST", f"{live.url}/api/health").status_code == 401


def test_addresses_that_are_none_are_told_and_no_page_loads_scripts_from_elsewhere(live):
    for path in ("/nowhere", "/docs", "/redoc", "/api"):
        assert "nothing at this address" in problem(query("GET", live.url + path, headers=bearer()), 404)
    assert "Method Not Allowed" in problem(query("PATCH", f"{live.url}/api/health", headers=bearer()), 405)
    assert "/api/parties/{name}/{number}" in query("GET", f"{live.url}/openapi.json", headers=bearer()).json()["paths"]


def test_a_body_past_the_limit_is_refused_however_it_is_announced(live):
    path = f"{live.url}/api/inputs/{'0' * 64}"
    assert "at most 10,000 bytes" in problem(query("PUT", path, headers=bearer(), content=bytes(10_001)), 413)
    chunks = (bytes(1000) for _ in range(11))
    assert "at most 10,000 bytes" in problem(query("PUT", path, headers=bearer(), content=chunks), 413)
    problem(query("PUT", path, headers=bearer(), content=bytes(10_000)), 422)  # small enough, and not of that name
    head = f"PUT /api/inputs/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n"
    for lie in ("Content-Length: -1", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: 99999999999999999999"):
        assert raw(live.port, [f"{head}{lie}\r\n\r\nhello".encode()])[9:12] in (b"400", b"413")
    assert query("GET", f"{live.url}/api/health").status_code == 200


def test_a_body_without_end_is_cut_off(live):
    head = (
        f"PUT /api/inputs/0 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"1000\r\n" + bytes(4096) + b"\r\n"
    assert b"413" in raw(live.port, [head.encode(), chunk * 5])
    with socket.create_connection(("127.0.0.1", live.port)) as line:
        line.sendall(head.encode())
        with pytest.raises(ConnectionError):  # the server closes the connection
            send_for_long(line, chunk, pause=0.01)


@pytest.mark.parametrize("what", ["nothing", "a header by the byte", "a body by the byte"])
def test_who_sends_slowly_does_not_hold_a_connection(live, what):
    head = announced(9000)
    pieces = {
        "nothing": [b""],
        "a header by the byte": [bytes([b]) for b in head],
        "a body by the byte": [head] + [b"x"] * 60,
    }
    got = raw(live.port, pieces[what], pause=0.05)
    assert got == b"" or b"408" in got
    assert (b"408" in got) == (what == "a body by the byte")
    assert query("GET", f"{live.url}/api/health").status_code == 200


def test_malformed_http_costs_its_sender_alone(live):
    for text in (b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"A" * 100_000, b"GET /%ff HTTP/1.1\r\nHost: x\r\n\r\n"):
        assert raw(live.port, [text])[9:12] in (b"400", b"401", b"")
    assert query("GET", f"{live.url}/api/health").status_code == 200


def test_a_peer_that_asks_too_often_is_told_to_wait():
    with machine(limits=Limits(rate=2.0, burst=5, memory_bytes=2**30)) as live:
        answers = [query("GET", f"{live.url}/api/health") for _ in range(25)]
        assert [a.status_code for a in answers[:5]] == [200] * 5
        late = next(a for a in answers if a.status_code != 200)
        assert "slow down" in problem(late, 429)
        assert int(late.headers["retry-after"]) >= 1
        line = Line(live.url, token=TOKEN, seconds=5)  # a host waits as it is told, and gets its answer
        assert line.ask("GET", "/api/health")[0] == 200
        line.close()


def test_a_bucket_fills_with_time_and_forgets_old_peers():
    now = [0.0]
    buckets = Buckets(rate=2.0, burst=2, clock=lambda: now[0])
    assert [buckets.wait("a") for _ in range(3)] == [0, 0, 0.5]
    assert buckets.wait("b") == 0
    now[0] = 0.5
    assert [buckets.wait("a"), buckets.wait("a")] == [0, 0.5]
    for peer in range(10_000):
        buckets.wait(str(peer))
    assert len(buckets._left) == 4096


def test_more_requests_at_once_than_the_queue_are_refused():
    with machine(limits=Limits(queue=2, body_seconds=5, memory_bytes=2**30)) as live:
        head = announced(9)
        with contextlib.ExitStack() as stack:
            for _ in range(2):
                line = stack.enter_context(socket.create_connection(("127.0.0.1", live.port)))
                line.sendall(head)
            time.sleep(0.3)
            answer = query("GET", f"{live.url}/openapi.json", headers=bearer())
            assert "takes no more now" in problem(answer, 503)
            assert answer.headers["retry-after"] == "1"
            busy = Line(live.url, token=TOKEN, seconds=5, patience=0.2)
            with pytest.raises(ServiceError, match="says: This server works on 2 requests"):
                busy.ask("GET", "/openapi.json")
            busy.close()
        line = Line(live.url, token=TOKEN, seconds=5)
        assert line.ask("GET", "/openapi.json")[0] == 200
        line.close()


REQUEST = f"GET /openapi.json HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\n\r\n".encode()


def test_a_reader_who_does_not_read_is_left():
    limits = replace(LIMITS)
    with machine(limits=limits) as live:
        with socket.create_connection(("127.0.0.1", live.port)) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
            (one,) = wait_until(lambda: held(limits), progress=lambda: None)
            left(one, sending(line))
        assert query("GET", f"{live.url}/api/health").status_code == 200


def test_a_reader_who_stops_with_little_left_is_left_too():
    """What is left is less than a connection may hold back, and the server itself closes it as idle."""
    limits = Limits(send_seconds=1.5, keep_alive_seconds=1, rate=1e6, burst=1_000_000, memory_bytes=2**30)
    with machine(limits=limits) as live, socket.create_connection(("127.0.0.1", live.port)) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        # Else the kernel keeps a request back until it is told that the one before came, which a full line tells late.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        line.sendall(REQUEST)
        line.recv(1)
        (one,) = held(limits)
        # A kernel's usual megabytes stall on a slow machine, for longer than the server waits, before they are full.
        one.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        wait_until(lambda: one.cycle.response_complete, progress=lambda: None)
        count = one.server_state.total_requests
        while not unsent(one):
            # One at a time: the answers to many that wait would be more than a connection may hold back.
            if one.server_state.total_requests == count:
                line.sendall(REQUEST)
                count += 1
            assert one in one.connections
            time.sleep(0.001)
        time.sleep(1.5)
        left(one, sending(line))


def held(limits):
    """The connections that the server of these limits has open."""
    gc.unfreeze()  # what is frozen is not listed
    # By its type: some objects warn when they are asked for their class.
    every = [one for one in gc.get_objects() if issubclass(type(one), Patient) and one.limits is limits]
    return [one for one in every if one in one.connections]


def sending(line):
    """Send requests one after another, as much at a time as the line takes: one that waits would wait for minutes."""
    line.setblocking(False)
    rest = REQUEST

    def send():
        nonlocal rest
        with contextlib.suppress(BlockingIOError, ConnectionError):
            rest = rest[line.send(rest) :] or REQUEST

    return send


def left(one, send):
    """Send on without reading until the server has given the connection up.

    The server says so, not the line: a kernel may take minutes to tell a sender whose peer reads nothing.
    """

    def gone():
        send()
        return one not in one.connections

    wait_until(gone, progress=lambda: None, every=0.001)


def unsent(connection):
    """Bytes that a connection has not handed to the network."""
    return connection.transport.get_write_buffer_size() if connection.transport else 0


def test_a_server_that_is_none_of_ours_is_told(live):
    line = Line(live.url, token=None, seconds=5)
    with pytest.raises(ServiceError, match="refuses this token"):
        line.ask("GET", "/openapi.json")
    line.close()


def test_nothing_there_is_told_with_the_way_to_start_it():
    with contextlib.closing(bound("127.0.0.1", 0)) as unheard:
        line = Line(f"http://127.0.0.1:{unheard.getsockname()[1]}", token=None, seconds=1)
        with pytest.raises(
            ServiceError, match=r"Nothing answers at http://127\.0\.0\.1:\d+; start it with veilbench serve"
        ):
            line.ask("GET", "/api/health")
        line.close()


def test_tokens_are_compared_whole_and_read_from_one_header():
    assert same(b"a" * 32, b"a" * 32)
    assert not same(b"a" * 32, b"a" * 31)
    assert presented([(b"Authorization", b"bearer  x")]) == b"x"
    assert presented([(b"authorization", b"Bearer ")]) is None
    assert presented([]) is None


def test_a_token_is_made_once_and_read_by_its_owner_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.delenv("VEILBENCH_TOKEN", raising=False)
    token, path = server_token("scoring-1")
    assert path is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert len(token) >= 40
    assert server_token("scoring-1") == (token, path)
    assert server_token("scoring-2")[0] != token
    path.chmod(0o644)
    with pytest.raises(StateError, match="Others on this machine may read the token"):
        server_token("scoring-1")
    monkeypatch.setenv("VEILBENCH_TOKEN", "of-the-environment-1")
    assert server_token("scoring-1") == ("of-the-environment-1", None)
    for bad in ("short", "with spaces in the middle of it", "x" * 600):
        with pytest.raises(ParamError, match="A token is 16 to 512") as caught:
            check_token(bad, where="here")
        assert bad not in str(caught.value)


def test_loopback_is_this_machine_alone():
    assert [loopback(a) for a in ("127.0.0.1", "::1", "localhost", "127.9.9.9")] == [True] * 4
    assert [loopback(a) for a in ("0.0.0.0", "10.0.0.1", "::", "example.org")] == [False] * 4


def test_problems_are_json_for_errors_nobody_foresaw(live, monkeypatch):
    def broken():
        raise KeyError("opera")

    monkeypatch.setattr(live.parties, "status", lambda name: broken())
    answer = query("GET", f"{live.url}/api/parties/{NAME}", headers=bearer())
    assert answer.status_code == 500
    assert "Something went wrong inside this server (id " in json.loads(answer.text)["detail"]
    assert "opera" not in answer.text
