"""Sessions: who has signed in in which browser, in one SQLite file that survives restarts and kill -9.

The browser holds a random token in a cookie, and the file its SHA-256 alone: who reads the file can sign in nowhere. A
session ends by itself, and at once when it is signed out or its browser signs in again.
"""

import contextlib
import hashlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from privacy.errors import StateError
from privacy.home import guarded, home

LIFE = 12 * 3600.0
"""Seconds for which a session lasts."""
MOST = 1000
"""Sessions that are kept; beyond, the oldest ends."""
Kind = Literal["wallet", "demo"]

_APPLICATION, _VERSION = 0x56425353, 1
_SCHEMA = """
CREATE TABLE sessions (
    id TEXT PRIMARY KEY CHECK (length(id) = 64), address TEXT NOT NULL, chain_id TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('wallet', 'demo')), since REAL NOT NULL, until REAL NOT NULL
) WITHOUT ROWID
"""
_KEPT = "SELECT id FROM sessions ORDER BY since DESC LIMIT ?"


@dataclass(frozen=True)
class Session:
    """Who has signed in: an address, for which chain, by a wallet's signature or as a demo account.

    `since` and `until` are seconds of `time.time()`.
    """

    id: str
    """SHA-256 of the cookie's token. It opens nothing."""
    address: str
    chain_id: int
    kind: Kind
    since: float
    until: float


class Sessions:
    """The sessions in a file, made on first use. StateError where it cannot be used."""

    def __init__(
        self, path: Path | None = None, *, life: float = LIFE, patience: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._path, self.life, self._patience, self._clock = path, life, patience, clock

    @property
    def path(self) -> Path:
        """The file: where it was said, else in the state folder."""
        return self._path or home() / "sessions.sqlite"

    def begin(self, address: str, *, chain_id: int, kind: Kind, instead: str = "") -> tuple[str, Session]:
        """The token of a new session, for the cookie, and the session. That of the token `instead` ends with it."""
        token, now = secrets.token_urlsafe(32), self._clock()
        made = Session(_hashed(token), address, chain_id, kind, now, now + self.life)
        # A chain id has up to 256 bits: text, as SQLite's integers have 64.
        values = (made.id, made.address, str(made.chain_id), made.kind, made.since, made.until)
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("DELETE FROM sessions WHERE until <= ? OR id = ?", (now, _hashed(instead)))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?, ?, ?)", values)
            connection.execute(f"DELETE FROM sessions WHERE id NOT IN ({_KEPT})", (MOST,))
            connection.execute("COMMIT")
        return token, made

    def of_token(self, token: str) -> Session | None:
        """The session that a cookie's token stands for; None where there is none, or it is over."""
        return self.get(_hashed(token)) if token else None

    def get(self, id: str) -> Session | None:
        """The session with this id; None where there is none, or it is over."""
        with self._open() as connection:
            row = connection.execute("SELECT * FROM sessions WHERE id = ?", (id,)).fetchone()
        if row is None:
            return None
        found = Session(row[0], row[1], int(row[2]), row[3], row[4], row[5])
        # A clock that was set back must not make a session last longer.
        return found if found.since <= self._clock() + 60 and self._clock() < found.until else None

    def end(self, token: str) -> None:
        """Sign out."""
        with self._open() as connection:
            connection.execute("DELETE FROM sessions WHERE id = ?", (_hashed(token),))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        path = self.path
        connection = None
        try:
            connection = sqlite3.connect(path, timeout=self._patience, isolation_level=None)
            guarded(lambda: _only_owner(path), path)
            connection.execute("PRAGMA synchronous = FULL")
            self._check(connection, path)
            yield connection
        except sqlite3.Error as error:
            name = getattr(error, "sqlite_errorname", None) or type(error).__name__
            raise StateError(
                f"the sessions cannot be used: {name}", where=str(path),
                then="free the disk or fix its permissions; a damaged file may be removed, and everyone signs in again",
            ) from error  # fmt: skip
        finally:
            if connection is not None:
                connection.close()

    def _check(self, connection: sqlite3.Connection, path: Path) -> None:
        if _mark(connection) == [0, 0]:
            connection.execute("BEGIN IMMEDIATE")
            if _mark(connection) == [0, 0]:
                connection.execute(_SCHEMA)
                connection.execute(f"PRAGMA application_id = {_APPLICATION}")
                connection.execute(f"PRAGMA user_version = {_VERSION}")
            connection.execute("COMMIT")
        if _mark(connection) != [_APPLICATION, _VERSION]:
            raise StateError(
                "this file does not hold sessions of this version of Veilbench", where=str(path), then="move it away"
            )


def _mark(connection: sqlite3.Connection) -> list[Any]:
    return [connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version")]


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


def _only_owner(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
