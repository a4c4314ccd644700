"""The file of the rounds: one SQLite database, and one writer that commits many votes at once.

Whoever writes hands over a function and waits: the writer runs what has gathered in one transaction, each function in
a savepoint of its own, and answers once all of it is on disk. So a thousand votes a second cost a few dozen waits for
the disk, and none that was answered is lost, whenever the process is killed.
"""

import contextlib
import queue
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar, cast

from privacy.plugin.host import guarded, room
from privacy.plugin.running import StateError

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]
"""Reads and writes on the open transaction; what it raises undoes it alone."""

_MOST = 512
"""Works of one transaction."""
_BUSY_SECONDS = 20.0
_SCHEMA = """
CREATE TABLE domain (id TEXT PRIMARY KEY, title TEXT NOT NULL, kind TEXT NOT NULL, classes TEXT NOT NULL,
    threshold REAL NOT NULL, iou REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE gold (domain TEXT NOT NULL REFERENCES domain, image TEXT NOT NULL, answer TEXT NOT NULL,
    PRIMARY KEY (domain, image)) WITHOUT ROWID;
CREATE TABLE labeler (id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE shown (labeler TEXT NOT NULL, domain TEXT NOT NULL, image TEXT NOT NULL, right INTEGER NOT NULL,
    PRIMARY KEY (labeler, domain, image)) WITHOUT ROWID;
CREATE TABLE standing (labeler TEXT NOT NULL, domain TEXT NOT NULL, state TEXT NOT NULL, seen INTEGER NOT NULL,
    right INTEGER NOT NULL, PRIMARY KEY (labeler, domain)) WITHOUT ROWID;
CREATE TABLE round (id INTEGER PRIMARY KEY, title TEXT NOT NULL, domain TEXT NOT NULL REFERENCES domain,
    terms TEXT NOT NULL, state TEXT NOT NULL, seal TEXT NOT NULL DEFAULT '', result TEXT NOT NULL DEFAULT '');
CREATE TABLE item (round INTEGER NOT NULL REFERENCES round, place INTEGER NOT NULL, image TEXT NOT NULL,
    gold TEXT, votes INTEGER NOT NULL DEFAULT 0, closed INTEGER NOT NULL DEFAULT 0, audited TEXT,
    PRIMARY KEY (round, place)) WITHOUT ROWID;
CREATE TABLE vote (round INTEGER NOT NULL, place INTEGER NOT NULL, labeler TEXT NOT NULL, value TEXT NOT NULL,
    released TEXT, PRIMARY KEY (round, place, labeler)) WITHOUT ROWID;
CREATE TABLE dispute (id INTEGER PRIMARY KEY, round INTEGER NOT NULL, place INTEGER NOT NULL, labeler TEXT NOT NULL,
    reason TEXT NOT NULL, settled INTEGER NOT NULL DEFAULT 0);
CREATE TABLE image (id TEXT PRIMARY KEY, cid TEXT NOT NULL, name TEXT NOT NULL, owner TEXT NOT NULL,
    domain TEXT NOT NULL, grouped TEXT NOT NULL, width INTEGER NOT NULL, height INTEGER NOT NULL, look TEXT NOT NULL)
    WITHOUT ROWID;
PRAGMA user_version = 1;
"""
_ON_CHAIN = """
CREATE TABLE chained (round INTEGER PRIMARY KEY REFERENCES round, chain TEXT NOT NULL, chain_id INTEGER NOT NULL,
    identity TEXT NOT NULL, contract TEXT NOT NULL, opener TEXT NOT NULL, salt TEXT NOT NULL, seed TEXT NOT NULL,
    budget TEXT NOT NULL, stake TEXT NOT NULL, window INTEGER NOT NULL, until INTEGER NOT NULL);
CREATE TABLE secret (round INTEGER NOT NULL REFERENCES round, labeler TEXT NOT NULL, secret TEXT NOT NULL,
    PRIMARY KEY (round, labeler)) WITHOUT ROWID;
CREATE TABLE committed (round INTEGER NOT NULL REFERENCES round, labeler TEXT NOT NULL, root TEXT NOT NULL,
    places TEXT NOT NULL, PRIMARY KEY (round, labeler, root)) WITHOUT ROWID;
CREATE TABLE aside (round INTEGER NOT NULL, place INTEGER NOT NULL, labeler TEXT NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (round, place, labeler)) WITHOUT ROWID;
PRAGMA user_version = 2;
"""
"""Rounds that are on a chain: `secret` salts a labeler's votes, `committed` says which votes a root covers, and
`aside` keeps votes that were never committed, and so do not count."""
_STEPS = (_SCHEMA, _ON_CHAIN)
"""What makes each version of the file of the one before; one that people have is never changed here."""


class Book:
    """The file at `path`, made on first use. StateError where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: queue.SimpleQueue[tuple[Work[Any], Future[Any]]] = queue.SimpleQueue()
        self._local = threading.local()
        self._lock = threading.Lock()
        self._writer: threading.Thread | None = None

    def write(self, work: Work[T]) -> T:
        """Run `work` in the next transaction; returns once it is on disk. It raises what the work raises."""
        self._start()
        done: Future[T] = Future()
        self._waiting.put((work, done))
        return done.result()

    def read(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """The rows of a query, through a connection of this thread's own, which never waits for the writer."""
        with _told(self.path):
            return self._reader().execute(sql, values).fetchall()

    def one(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, if it has one."""
        return next(iter(self.read(sql, *values)), None)

    def _reader(self) -> sqlite3.Connection:
        found = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = self._open()
        return cast(sqlite3.Connection, found)

    def _open(self) -> sqlite3.Connection:
        fresh = not self.path.exists()
        found = sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
        found.row_factory = sqlite3.Row
        found.execute("PRAGMA journal_mode = WAL")
        found.execute("PRAGMA synchronous = FULL")
        found.execute("PRAGMA foreign_keys = ON")
        if fresh:
            guarded(lambda: self.path.chmod(0o600), self.path)
        with self._lock:
            if (version := _version(found)) < len(_STEPS):
                _make(found)
        if version > len(_STEPS):
            then = "use that version, or move the file away to start again"
            raise StateError("the file of the rounds is of a newer version", where=str(self.path), then=then)
        return found

    def _start(self) -> None:
        with self._lock:
            if self._writer is None or not self._writer.is_alive():
                self._writer = threading.Thread(target=self._write_all, name="rounds", daemon=True)
                self._writer.start()

    def _write_all(self) -> None:
        connection: sqlite3.Connection | None = None
        while True:
            batch = [self._waiting.get()]
            while len(batch) < _MOST:
                try:
                    batch.append(self._waiting.get_nowait())
                except queue.Empty:
                    break
            try:
                with _told(self.path):
                    connection = connection or self._open()
                    found = _transacted(connection, [work for work, _ in batch])
            except BaseException as error:
                for _, done in batch:
                    done.set_exception(error)
                continue
            for (_, done), (value, failure) in zip(batch, found, strict=True):
                if failure is None:
                    done.set_result(value)
                else:
                    done.set_exception(failure)


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _make(connection: sqlite3.Connection) -> None:
    """The tables, as far as they are not there; another process may be faster."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        for step in _STEPS[_version(connection) :]:
            for statement in step.split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _transacted(connection: sqlite3.Connection, works: list[Work[Any]]) -> list[tuple[Any, BaseException | None]]:
    """Run all in one transaction; what one raises undoes that one alone."""
    found: list[tuple[Any, BaseException | None]] = []
    connection.execute("BEGIN IMMEDIATE")
    try:
        for work in works:
            connection.execute("SAVEPOINT one")
            try:
                found.append((work(connection), None))
            except sqlite3.OperationalError:
                raise
            except Exception as error:
                connection.execute("ROLLBACK TO one")
                found.append((None, error))
            connection.execute("RELEASE one")
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    return found


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    """Faults of SQLite as one sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        then = "free some disk, fix permissions, or set VEILBENCH_HOME"
        raise StateError(f"the file of the rounds cannot be used: {error}", where=str(path), then=then) from error
    except sqlite3.DatabaseError as error:
        then = "restore it from a copy, or move it away to start again"
        raise StateError("the file of the rounds is damaged", where=str(path), then=then) from error


def book() -> Book:
    """The book of this machine's state folder: one for each process."""
    return _book(room("labeling") / "rounds.sqlite")


@lru_cache(maxsize=8)
def _book(path: Path) -> Book:
    return Book(path)
