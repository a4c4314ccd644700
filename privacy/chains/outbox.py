"""The outbox: what is to be mined is written down before any node sees it, so that it mines once, whatever happens.

One SQLite file for all chains. An intent keeps its nonce: whatever is sent for it again has the same nonce, and a chain
mines one transaction for each nonce of an account. It gets a new nonce only after another transaction took the old one.
"""

import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.errors import StateError
from privacy.home import locked, room

_SCHEMA = """
create table if not exists intent(
  chain text, id text, sender text, nonce integer, state text, hash blob, made real default (unixepoch('subsec')),
  primary key(chain, id)) without rowid;
create index if not exists by_sender on intent(chain, sender, nonce);
create table if not exists attempt(
  chain text, id text, nonce integer, hash blob, raw blob, price text, gas integer,
  made real default (unixepoch('subsec')), primary key(chain, hash)) without rowid;
create index if not exists by_intent on attempt(chain, id);
"""

_INTENT = "select id, sender, nonce, state, hash from intent"

WAITING, MINED, LOST = "waiting", "mined", "lost"


@dataclass(frozen=True)
class Attempt:
    """A signed transaction: its hash, its bytes, the most wei that it pays for a unit of gas, and its gas limit."""

    hash: bytes
    raw: bytes
    price: int
    gas: int


@dataclass(frozen=True)
class Kept:
    """An intent as it is kept: its attempts, newest last, all under one nonce, and the hash that was mined."""

    id: str
    sender: str
    nonce: int
    state: str
    mined: bytes | None
    attempts: tuple["Attempt", ...]

    @property
    def hashes(self) -> tuple[bytes, ...]:
        return tuple(one.hash for one in self.attempts)


class Outbox:
    """The intents of one chain; `chain` names it by its id and its first block, so that a chain made anew is another.

    `synced` waits for the disk at each write: a chain of this device alone does without, as what it acknowledged is on
    the disk with the chain itself, and a kill takes nothing from either.
    """

    def __init__(self, chain: str, *, synced: bool = True, path: Path | None = None) -> None:
        self.chain, self.path = chain, path or room("chains") / "outbox.sqlite"
        self._synced, self._local = synced, threading.local()

    def _db(self) -> sqlite3.Connection:
        found = getattr(self._local, "db", None)
        if found is None:
            try:
                found = sqlite3.connect(self.path, isolation_level=None, timeout=30)
                found.execute("pragma journal_mode=wal")
                found.execute(f"pragma synchronous={'full' if self._synced else 'normal'}")
                found.executescript(_SCHEMA)
            except sqlite3.Error as error:
                raise self._cannot(error) from error
            self._local.db = found
        return found

    @contextlib.contextmanager
    def turn(self, sender: str) -> Iterator[None]:
        """Hold the right to give out nonces of an account, among all processes of this home."""
        with locked(self.path.parent / f"turn-{sender.lower()}"):
            yield

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        db = self._db()
        try:
            db.execute("begin immediate")
            yield db
            db.execute("commit")
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("rollback")
            raise self._cannot(error) from error
        except BaseException:
            db.execute("rollback")
            raise

    def _cannot(self, error: sqlite3.Error) -> StateError:
        text = f"what is to be sent to the chain cannot be kept: {error}"
        return StateError(text, where=str(self.path), then="free some space, or set VEILBENCH_HOME; nothing was sent")

    def add(self, sender: str, kept: list[tuple[str, int, Attempt]]) -> None:
        """Keep intents (id, nonce, attempt), or give one that was lost its new nonce."""
        with self._writing() as db:
            db.executemany(
                "insert into intent(chain, id, sender, nonce, state) values(?,?,?,?,?) "
                "on conflict do update set nonce=excluded.nonce, state=excluded.state",
                [(self.chain, id_, sender, nonce, WAITING) for id_, nonce, _ in kept],
            )
            self._attempts(db, kept)

    def replace(self, id_: str, nonce: int, attempt: Attempt) -> None:
        """Keep one more attempt at an intent, under its nonce."""
        with self._writing() as db:
            self._attempts(db, [(id_, nonce, attempt)])

    def _attempts(self, db: sqlite3.Connection, kept: list[tuple[str, int, Attempt]]) -> None:
        db.executemany(
            "insert or ignore into attempt(chain, id, nonce, hash, raw, price, gas) values(?,?,?,?,?,?,?)",
            [(self.chain, id_, nonce, one.hash, one.raw, str(one.price), one.gas) for id_, nonce, one in kept],
        )

    def drop(self, ids: list[str]) -> None:
        """Forget intents that no node took."""
        with self._writing() as db:
            for table in ("intent", "attempt"):
                db.executemany(f"delete from {table} where chain=? and id=?", [(self.chain, one) for one in ids])

    def settle(self, mined: dict[str, bytes]) -> None:
        """Note the hash that was mined for each intent; one that has a new nonce by now stays as it is."""
        with self._writing() as db:
            db.executemany(
                "update intent set state=?, hash=? where chain=? and id=? and exists("
                "select 1 from attempt a where a.chain=intent.chain and a.hash=? and a.nonce=intent.nonce)",
                [(MINED, hash_, self.chain, id_, hash_) for id_, hash_ in mined.items()],
            )

    def lose(self, id_: str, nonce: int) -> None:
        """Note that this nonce of an intent is used, by another transaction or by one that failed.

        None of its attempts can be mined any more. Whoever says so after it got a new nonce changes nothing.
        """
        with self._writing() as db:
            query = "update intent set state=? where chain=? and id=? and nonce=?"
            db.execute(query, (LOST, self.chain, id_, nonce))

    def find(self, id_: str) -> Kept | None:
        """An intent by its id; None where there is none."""
        rows = self._read(f"{_INTENT} where chain=? and id=?", (self.chain, id_))
        return self._kept(rows[0]) if rows else None

    def waiting(self, sender: str | None = None) -> list[Kept]:
        """The intents that are not known to be mined, by nonce."""
        which = "chain=? and state=? and sender=ifnull(?, sender) order by nonce"
        rows = self._read(f"{_INTENT} where {which}", (self.chain, WAITING, sender))
        return [self._kept(row) for row in rows]

    def highest(self, sender: str) -> int:
        """The highest nonce that waits, -1 where none does."""
        query = "select max(nonce) from intent where chain=? and sender=? and state=?"
        found = self._read(query, (self.chain, sender, WAITING))[0][0]
        return -1 if found is None else int(found)

    def _kept(self, row: tuple[Any, ...]) -> Kept:
        query = "select hash, raw, price, gas from attempt where chain=? and id=? and nonce=? order by made"
        attempts = self._read(query, (self.chain, row[0], row[2]))
        id_, sender, nonce, state, mined = row
        return Kept(id_, sender, nonce, state, mined, tuple(Attempt(h, r, int(p), g) for h, r, p, g in attempts))

    def _read(self, query: str, values: tuple[object, ...]) -> list[tuple[Any, ...]]:
        try:
            return self._db().execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise self._cannot(error) from error

    def close(self) -> None:
        if (db := getattr(self._local, "db", None)) is not None:
            db.close()
            self._local.db = None
