"""Who writes: one process owns the chain, the others reach it on loopback, with a token that only this user reads."""

import contextlib
import hmac
import http.client
import json
import os
import secrets
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from privacy.plugin.chains import ChainBusy, ChainDamaged, ChainError, guarded, write_atomic

LOCK, CARD = "chain.lock", "owner.json"
PATIENCE = 60.0
"""Seconds that the owner may take for an answer."""
_MOST = 8 * 2**20
"""Bytes of a request at most: a block's worth of transactions."""


class Lock:
    """The right to write a chain, which ends with the process. A folder that may only be read gives it to nobody."""

    def __init__(self, folder: Path) -> None:
        self._path, self._handle = folder / LOCK, -1

    def take(self) -> bool:
        """Take it without waiting; whether this process has it now."""
        if self._handle >= 0:
            return True
        try:
            import fcntl
        except ImportError:  # Windows opens the file for one process alone
            return self._alone()
        try:
            handle = os.open(self._path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def _alone(self) -> bool:
        import msvcrt

        handle = os.open(self._path, os.O_CREAT | os.O_RDWR, 0o600)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # of Windows alone
        except OSError:
            os.close(handle)
            return False
        self._handle = handle
        return True

    def give_back(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


class Door:
    """The owner's JSON-RPC for other processes of this user."""

    def __init__(self, folder: Path, handle: Callable[[bytes], bytes]) -> None:
        self._card, token = folder / CARD, secrets.token_urlsafe(32)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(token, handle))
        self._server.daemon_threads = True
        # Closing waits for the next look, which is half a second away unless said otherwise.
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="chain-door", daemon=True).start()
        card = {"pid": os.getpid(), "port": self._server.server_address[1], "token": token}
        write_atomic(self._card, json.dumps(card).encode())  # its temporary file is readable by its owner alone

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._card.unlink()
        self._server.shutdown()
        self._server.server_close()


def _handler(token: str, handle: Callable[[bytes], bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = PATIENCE

        def do_POST(self) -> None:
            length = self.headers.get("content-length", "")
            shown = self.headers.get("authorization", "")
            if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
                self._answer(403, b"")
            elif not length.isdigit() or int(length) > _MOST:
                self._answer(413, b"")
            else:
                self._answer(200, handle(self.rfile.read(int(length))))

        def _answer(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            if status != 200:
                self.send_header("connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            return None

    return Handler


def through(folder: Path, body: bytes) -> bytes:
    """What the owner of a chain answers to a request. ChainBusy where it does not."""
    pid: object = "unknown"
    try:
        card = json.loads(guarded(lambda: (folder / CARD).read_text(encoding="utf-8"), folder / CARD))
        pid = card["pid"]
        connection = http.client.HTTPConnection("127.0.0.1", int(card["port"]), timeout=PATIENCE)
        with contextlib.closing(connection):
            headers = {"authorization": f"Bearer {card['token']}", "content-type": "application/json"}
            connection.request("POST", "/", body, headers)
            answer = connection.getresponse()
            found = answer.read()
            if answer.status != 200:
                raise OSError(f"it answered {answer.status}")
            return found
    except (ChainError, ChainDamaged):
        raise
    except Exception as error:
        text = f"another process (pid {pid}) has the chain open, and does not take transactions"
        then = "try again, or end that process; nothing is lost: the same transaction is mined once"
        raise ChainBusy(text, where=str(folder), then=then) from error
