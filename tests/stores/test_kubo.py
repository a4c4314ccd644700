"""The store `kubo` against a real daemon, and against servers that are none or that lie."""

import json
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.errors import ParamError
from privacy.registry import discover
from privacy.stores.cid import CID
from privacy.stores.errors import (
    BlobMismatch,
    BlobMissing,
    CannotCollect,
    StoreError,
    StoreFull,
    StoreReadOnly,
    StoreUnreachable,
)
from privacy.stores.opening import open_store
from privacy.stores.store import BlobStore
from tests.support.cid_vectors import Vector, each
from tests.support.kubo import Kubo, running

DATA = bytes(range(256)) * 16


@pytest.fixture(scope="module")
def kubo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kubo]:
    yield from running(tmp_path_factory.mktemp("kubo"))


def opened(address: str, **more: str) -> BlobStore:
    return open_store(discover(), "kubo", {"address": address, **more})


@pytest.mark.parametrize("vector", each(most=10_000_000))
def test_kubo_gives_what_we_put_and_cuts_it_alike(vector: Vector, kubo: Kubo, tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(vector.data)
    cut = [f"--chunker=size-{vector.profile.chunk}", f"--max-file-links={vector.profile.links}"]
    said = kubo.run("add", "--only-hash", "--quieter", *cut, str(path)).decode().strip()
    with opened(kubo.address) as store, path.open("rb") as source:
        cid = store.put(source, profile=vector.profile)
        assert cid.text == said
        assert kubo.run("cat", said) == vector.data
        assert store.size(cid) == vector.size
        assert cid in set(store.pins())


def test_what_is_collected_is_missing_and_what_is_pinned_stays(kubo: Kubo) -> None:
    with opened(kubo.address) as store:
        kept, gone = store.put(DATA + b"kept"), store.put(DATA + b"gone")
        store.unpin(gone)
        with pytest.raises(CannotCollect):
            store.collect(dry=True)
        assert store.has(gone)
        assert store.collect().blocks > 0
        assert (store.has(kept), store.has(gone)) == (True, False)
        with pytest.raises(BlobMissing, match=gone.text):
            store.get(gone)


def test_the_command_line_names_the_daemon(kubo: Kubo, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_bytes(DATA)
    flags = ["--store", "kubo", "--param", f"address={kubo.address}", "--json"]
    assert main(["store", "put", str(tmp_path / "file"), *flags]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert main(["store", "verify", row["cid"], *flags]) == 0
    assert json.loads(capsys.readouterr().out)[0]["ok"]


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    """An RPC that answers every request with `server.reply`: a status, a type and a body."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, kind, body = self.server.reply  # type: ignore[attr-defined]
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    made = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.shutdown()
    thread.join()
    made.server_close()


def address(server: HTTPServer) -> str:
    return f"/ip4/127.0.0.1/tcp/{server.server_port}"


def failing(text: str) -> tuple[int, str, bytes]:
    return 500, "application/json", json.dumps({"Message": text, "Code": 0, "Type": "error"}).encode()


def test_a_daemon_that_serves_other_bytes_is_refused(server: HTTPServer) -> None:
    server.reply = (200, "text/plain", b"other bytes")  # type: ignore[attr-defined]
    with opened(address(server)) as store:
        with pytest.raises(BlobMismatch):
            store.get(CID.of(b"bytes"))
        assert store.verify(CID.of(b"bytes")).damaged == (CID.of(b"bytes"),)


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (failing("write /x: no space left on device"), StoreFull),
        (failing("open /x: read-only file system"), StoreReadOnly),
        (failing("something else"), StoreError),
        ((403, "text/plain", b"403 Forbidden"), StoreUnreachable),
        ((404, "text/html", b"<html>"), StoreUnreachable),
        ((200, "text/html", b"<html>"), StoreUnreachable),
        ((200, "application/json", b"{}"), StoreUnreachable),
        ((200, "application/json", b"[1]"), StoreUnreachable),
        ((200, "application/json", b'{"Key": "bafkreif"}'), BlobMismatch),
    ],
)
def test_each_refusal_is_a_sentence(server: HTTPServer, reply: tuple[int, str, bytes], kind: type[StoreError]) -> None:
    server.reply = reply  # type: ignore[attr-defined]
    with opened(address(server)) as store, pytest.raises(kind) as caught:
        store.put(DATA)
    assert type(caught.value) is kind


def test_nobody_answers_or_too_late() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        where = f"/ip4/127.0.0.1/tcp/{silent.getsockname()[1]}"
        with opened(where) as store, pytest.raises(StoreUnreachable, match="does not answer"):
            list(store.ls())
        silent.listen()
        with opened(where, timeout="1") as store, pytest.raises(StoreUnreachable, match="takes too long"):
            list(store.ls())


@pytest.mark.parametrize("wrong", ["", "http://127.0.0.1:5001", "/ip4/127.0.0.1", "localhost"])
def test_an_address_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(ParamError, match="not a multiaddress"):
        opened(wrong)


def test_a_proxy_of_the_environment_is_not_asked(server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.reply = (200, "application/json", b'{"Keys": {}}')  # type: ignore[attr-defined]
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with opened(address(server)) as store:
        assert list(store.ls()) == []
