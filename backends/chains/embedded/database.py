"""The file of the chain: all of a block in one SQLite transaction, which is one fsync; readers beside the writer."""

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from backends.chains.embedded.state import Genesis, Header, Made, encode_header, parse_header
from privacy.plugin.chains import ChainDamaged, ChainUnwritable, guarded

FILE = "chain.sqlite"
_NEW = "new.sqlite"
_BUSY_MS = 5000
_CACHED = 20_000
_SCHEMA = (
    "create table meta(k text primary key, v text)",
    "create table node(hash blob primary key, data blob) without rowid",
    "create table block(n integer primary key, hash blob, header blob)",
    "create table tx(n integer, i integer, hash blob, raw blob, sender blob, status integer, gas integer,"
    " total integer, price integer, created blob, primary key(n, i)) without rowid",
    "create table log(n integer, j integer, i integer, address blob, t0 blob, t1 blob, t2 blob, t3 blob, data blob,"
    " primary key(n, j)) without rowid",
    "create unique index block_hash on block(hash)",
    "create unique index tx_hash on tx(hash)",
    "create index tx_sender on tx(sender, n)",
    "create index log_t0 on log(address, t0, n)",
    "create index log_t1 on log(t1, n)",
    "create index log_t2 on log(t2, n)",
)


class Database:
    """The blocks, transactions, logs and state nodes of one chain.

    Each thread reads through a connection of its own and never waits for the writer. ChainUnwritable where the file
    cannot be written, ChainDamaged where it is no chain. Without `synced`, nothing outlives a power cut before `sync`:
    for blocks that are taken in from a file.
    """

    def __init__(self, folder: Path, *, synced: bool = True, file: str = FILE) -> None:
        self.folder, self.path, self._synced = folder, folder / file, synced
        self._local, self._cache = threading.local(), dict[bytes, bytes]()
        self._readers: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self._writer: sqlite3.Connection | None = None

    def create(self, genesis: Genesis, first: Made) -> None:
        """Make the file, with the first block; nothing where it is there.

        It has its name once it is whole: a reader cannot roll back what a crash left half done.
        """
        if self.path.exists():
            return
        part = Database(self.folder, synced=self._synced, file=_NEW)
        for left in self.folder.glob(f"{_NEW}*"):
            guarded(left.unlink, left)
        with part.writing() as db:
            for statement in _SCHEMA:
                db.execute(statement)
            db.execute("insert into meta values('genesis', ?)", (genesis.text(),))
            part._put(db, first)
        part.close()  # the last connection brings all into the one file
        guarded(lambda: os.replace(part.path, self.path), self.path)

    def exists(self) -> bool:
        """Whether there is a chain."""
        return self.path.exists()

    def genesis(self) -> Genesis:
        rows = self.read("select v from meta where k='genesis'")
        if not rows:
            raise self._damaged("it has no first block")
        return Genesis.parse(rows[0][0])

    def put(self, made: Made) -> None:
        """Keep a block; it is on the disk when this returns."""
        with self.writing() as db:
            self._put(db, made)
        self.remember(made.nodes)

    def remember(self, nodes: dict[bytes, bytes]) -> None:
        if len(self._cache) > _CACHED:
            self._cache.clear()
        self._cache.update(nodes)

    @contextlib.contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction of the only writer."""
        try:
            db = self._connected()
            db.execute("begin immediate")
            yield db
            db.execute("commit")
        except sqlite3.OperationalError as error:
            self._undo()
            text = f"the chain cannot be written: {error}"
            then = "free some space, or fix its permissions; nothing of it was mined"
            raise ChainUnwritable(text, where=str(self.path), then=then) from error
        except sqlite3.DatabaseError as error:
            self._undo()
            raise self._damaged(str(error)) from error
        except BaseException:
            self._undo()
            raise

    def _connected(self) -> sqlite3.Connection:
        if self._writer is None:
            db = sqlite3.connect(self.path, isolation_level=None, check_same_thread=False)
            # fullfsync is macOS's: there an fsync alone leaves data in the drive.
            level = "full" if self._synced else "off"
            for setting in ("journal_mode=wal", f"synchronous={level}", "fullfsync=1", "checkpoint_fullfsync=1"):
                db.execute(f"pragma {setting}")
            self._writer = db
        return self._writer

    def sync(self) -> None:
        """Bring all that was put to the disk, into the one file."""
        db = self._connected()
        db.execute("pragma synchronous=full")
        db.execute("pragma wal_checkpoint(truncate)")

    def _undo(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            if self._writer is not None and self._writer.in_transaction:
                self._writer.execute("rollback")

    @staticmethod
    def _put(db: sqlite3.Connection, made: Made) -> None:
        n, header = made.header.block_number, made.header
        logs: list[tuple[Any, ...]] = []
        for i, job in enumerate(made.jobs):
            for one in job.receipt.logs:
                topics = [topic.to_bytes(32, "big") for topic in one.topics] + [None] * 4
                logs.append((n, len(logs), i, one.address, *topics[:4], one.data))
        rows = [
            (n, i, job.hash, job.raw, job.tx.sender, int(job.receipt.state_root == b"\x01"), job.gas,
             job.receipt.gas_used, job.price, job.created)
            for i, job in enumerate(made.jobs) if job.tx is not None
        ]  # fmt: skip
        db.executemany("insert or ignore into node values(?,?)", made.nodes.items())
        db.execute("insert into block values(?,?,?)", (n, header.hash, encode_header(header)))
        db.executemany("insert into tx values(?,?,?,?,?,?,?,?,?,?)", rows)
        db.executemany("insert into log values(?,?,?,?,?,?,?,?,?)", logs)

    def read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """All rows of a query."""
        try:
            return self._reader().execute(query, values).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged(str(error)) from error

    def _reader(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "reader", None)
        if found is None:
            found = sqlite3.connect(
                f"{self.path.as_uri()}?mode=ro", uri=True, isolation_level=None, check_same_thread=False
            )
            found.execute(f"pragma busy_timeout={_BUSY_MS}")
            self._local.reader = found
            with self._lock:
                self._readers.append(found)
        return found

    def fetch(self, key: bytes) -> bytes | None:
        """A state node or a contract's code by its hash."""
        found = self._cache.get(key)
        if found is None and (rows := self.read("select data from node where hash=?", (key,))):
            found = bytes(rows[0][0])
            self.remember({key: found})
        return found

    def header(self, which: int | bytes | None = None) -> Header | None:
        """A block's header by number or hash, the newest where none is named; None where there is none."""
        if which is None:
            rows = self.read("select header from block order by n desc limit 1")
        else:
            column = "n" if isinstance(which, int) else "hash"
            rows = self.read(f"select header from block where {column}=?", (which,))
        return parse_header(rows[0][0]) if rows else None

    def hashes(self, before: int) -> Iterator[bytes]:
        """The hashes of up to 256 blocks before a number, newest first, read when the first is wanted."""
        for row in self.read("select hash from block where n<? order by n desc limit 256", (before,)):
            yield bytes(row[0])

    def raws(self, n: int) -> list[bytes]:
        """The transactions of a block, as they were signed."""
        return [bytes(row[0]) for row in self.read("select raw from tx where n=? order by i", (n,))]

    def has(self, transaction: bytes) -> bool:
        return bool(self.read("select 1 from tx where hash=?", (transaction,)))

    def _damaged(self, why: str) -> ChainDamaged:
        then = "import an export of it, or start again: veilbench chain reset keeps this one beside it"
        return ChainDamaged(f"the chain on this device cannot be read: {why}", where=str(self.path), then=then)

    def close(self) -> None:
        with self._lock:
            for one in self._readers:
                one.close()
            self._readers.clear()
        self._local = threading.local()
        if self._writer is not None:
            self._writer.close()
            self._writer = None
