"""The ledger's file: one SQLite table, to which a single conditional statement adds a charge or does not.

A rollback journal with `synchronous=EXTRA` makes a charge durable before it is acknowledged, also when the power
fails; a process killed at any moment leaves a charge whole or absent. SQLite's own lock is the only one, so processes
and threads need no other. A connection lives as long as one call: nothing is held across a fork.
"""

import contextlib
import functools
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from privacy.errors import StateError
from privacy.home import guarded
from privacy.services.accounting import Price

VERSION = 1
KIND = {"persistent": 0x56424C50, "demo": 0x56424C44}
"""The file's `application_id`: so that no demo ledger can be opened on a persistent file, and reset it."""
_DAMAGED = {"SQLITE_CORRUPT", "SQLITE_NOTADB"}

# A missing pure bound is NULL, which no sum of integers can hide: count(epsilon) then differs from count(*).
_SCHEMA = """
CREATE TABLE charges (
    user TEXT NOT NULL, period TEXT NOT NULL, token TEXT NOT NULL, day TEXT NOT NULL,
    epsilon INTEGER CHECK (epsilon IS NULL OR (typeof(epsilon) = 'integer' AND epsilon >= 0)),
    rho INTEGER NOT NULL CHECK (typeof(rho) = 'integer' AND rho >= 0),
    uses INTEGER NOT NULL,
    PRIMARY KEY (user, period, token)
) WITHOUT ROWID;
CREATE INDEX charges_by_day ON charges (user, day, epsilon, rho);
"""

# A token already charged in this period passes to the conflict, where it costs nothing unless it now costs more.
_CHARGE = """
INSERT INTO charges (user, period, token, day, epsilon, rho, uses)
SELECT :user, :period, :token, :day, :epsilon, :rho, 1
WHERE EXISTS (SELECT 1 FROM charges WHERE user = :user AND period = :period AND token = :token)
   OR (SELECT (:epsilon IS NOT NULL AND count(*) = count(epsilon)
               AND coalesce(sum(epsilon), 0) + :epsilon <= :epsilon_limit)
           OR coalesce(sum(rho), 0) + :rho <= :rho_limit
       FROM charges WHERE user = :user AND day >= :start AND day < :end)
ON CONFLICT (user, period, token) DO UPDATE SET uses = uses + 1
   WHERE (charges.epsilon IS NULL OR coalesce(excluded.epsilon <= charges.epsilon, 0))
     AND excluded.rho <= charges.rho
RETURNING uses
"""

_SUM = """
SELECT CASE WHEN count(*) = count(epsilon) THEN coalesce(sum(epsilon), 0) END, coalesce(sum(rho), 0), count(*)
FROM charges WHERE user = :user AND day >= :start AND day < :end
"""


@dataclass(frozen=True)
class Place:
    """Where a charge goes: who spends, which days share the limit (ISO dates, `end` not included), and today."""

    user: str
    period: str
    day: str
    start: str
    end: str


class DamagedError(StateError):
    """The file is not a database any more."""


class Store:
    """The file at `path`, made on first use, for its owner's eyes alone. StateError where it cannot be used."""

    def __init__(self, path: Path, *, kind: str, patience: float) -> None:
        self.path, self.kind, self.patience = path, kind, patience

    def charge(self, place: Place, token: str, price: Price, *, epsilon_limit: int, rho_limit: int) -> int | None:
        """How often the token was charged in its period, now included; None where nothing was recorded."""
        values = vars(place) | vars(price)
        values |= {"token": token, "epsilon_limit": epsilon_limit, "rho_limit": rho_limit}
        with self._open() as connection:
            rows = connection.execute(_CHARGE, values).fetchall()
        return int(rows[0][0]) if rows else None

    def charged(self, place: Place, token: str) -> bool:
        """Whether the token was charged in its period."""
        query = "SELECT 1 FROM charges WHERE user = :user AND period = :period AND token = :token"
        with self._open() as connection:
            return bool(connection.execute(query, vars(place) | {"token": token}).fetchall())

    def total(self, user: str, *, start: str = "", end: str = "~") -> tuple[Price, int]:
        """What the user spent on the days from `start` until before `end`, and in how many charges."""
        with self._open() as connection:
            ((epsilon, rho, count),) = connection.execute(_SUM, {"user": user, "start": start, "end": end}).fetchall()
        return Price(epsilon, rho), count

    def clear(self) -> None:
        """Forget every charge. Rows go and the file stays: a process that has it open must not charge a ghost.

        Only a damaged file is replaced.
        """
        try:
            with self._open() as connection:
                connection.execute("DELETE FROM charges")
        except DamagedError:
            # The journal first: it would be played back into the new file.
            for path in (self.path.with_name(f"{self.path.name}-journal"), self.path):
                guarded(functools.partial(path.unlink, missing_ok=True), path)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = None
        try:
            connection = sqlite3.connect(self.path, timeout=self.patience, isolation_level=None)
            # By name, never through a second descriptor: closing one would drop this process's locks on the file.
            guarded(lambda: _only_owner(self.path), self.path)
            connection.execute("PRAGMA synchronous = EXTRA")
            self._check(connection)
            yield connection
        except sqlite3.Error as error:
            raise self._sentence(error) from error
        finally:
            if connection is not None:
                connection.close()

    def _check(self, connection: sqlite3.Connection) -> None:
        if self._mark(connection) == [0, 0]:
            # Again under the lock: another process may have made the table since.
            connection.execute("BEGIN IMMEDIATE")
            if self._mark(connection) == [0, 0]:
                for statement in filter(str.strip, _SCHEMA.split(";")):
                    connection.execute(statement)
                connection.execute(f"PRAGMA application_id = {KIND[self.kind]}")
                connection.execute(f"PRAGMA user_version = {VERSION}")
            connection.execute("COMMIT")
        if self._mark(connection) != [KIND[self.kind], VERSION]:
            raise StateError(
                f"this file is not a {self.kind} ledger of this version of Veilbench", where=str(self.path),
                then="move it away, or choose another VEILBENCH_HOME",
            )  # fmt: skip

    @staticmethod
    def _mark(connection: sqlite3.Connection) -> list[Any]:
        return [connection.execute(f"PRAGMA {p}").fetchone()[0] for p in ("application_id", "user_version")]

    def _sentence(self, error: sqlite3.Error) -> StateError:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        base = "_".join(name.split("_")[:2])
        if base == "SQLITE_FULL":
            what, then = "the disk is full, so nothing was charged", "free some space and try again"
        elif base in ("SQLITE_BUSY", "SQLITE_LOCKED"):
            what, then = "another process holds the privacy ledger", "try again in a moment"
        elif base in _DAMAGED:
            then = "reset the demo" if self.kind == "demo" else "restore a copy; its charges remain spent"
            what = "the privacy ledger is damaged, so nothing can be charged"
            return DamagedError(what, where=str(self.path), then=then)
        else:
            what, then = f"the privacy ledger cannot be used: {name}", "check the folder's permissions and free space"
        return StateError(what, where=str(self.path), then=then)


def _only_owner(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
