"""What this machine keeps of its rounds that are on a chain: their terms there, and what salts a labeler's votes."""

import json
import os
import sqlite3
from collections.abc import Callable
from dataclasses import astuple, dataclass

from workloads.labeling.rounds.book import Book

_BYTES = 32


@dataclass(frozen=True)
class OnChain:
    """How a round is on a chain: which chain, the rounds' contract there, who opened it, and its terms.

    `identity` tells the chain from one that was begun anew. `budget` and `stake` are in units of CROL, `window` in
    seconds, `until` in seconds since 1970: until then labelers commit. `seed` is shown when the audit is drawn.
    """

    chain: str
    chain_id: int
    identity: str
    contract: str
    opener: str
    salt: bytes
    seed: bytes
    budget: int
    stake: int
    window: int
    until: int

    @property
    def id(self) -> bytes:
        """The round's id in the contract: it follows from who opened it, and its salt."""
        from eth_abi.abi import encode
        from eth_utils.crypto import keccak

        return bytes(keccak(encode(["address", "bytes32"], [self.opener, self.salt])))


def drawn() -> tuple[bytes, bytes]:
    """A new round's salt and seed."""
    return os.urandom(_BYTES), os.urandom(_BYTES)


def keeping(one: OnChain) -> Callable[[sqlite3.Connection, int], None]:
    """What writes beside a new round that it is on a chain."""
    values = [v.hex() if isinstance(v, bytes) else v for v in astuple(one)]
    values[7], values[8] = str(one.budget), str(one.stake)  # SQLite's numbers end at 2^63

    def write(db: sqlite3.Connection, number: int) -> None:
        db.execute(f"INSERT INTO chained VALUES (?{', ?' * len(values)})", (number, *values))

    return write


def on_chain(book: Book, number: int) -> OnChain | None:
    """How a round is on a chain; None where it is on none."""
    row = book.one("SELECT * FROM chained WHERE round = ?", number)
    if row is None:
        return None
    _, chain, chain_id, identity, contract, opener, salt, seed, budget, stake, window, until = row
    return OnChain(
        chain, chain_id, identity, contract, opener, bytes.fromhex(salt), bytes.fromhex(seed), int(budget), int(stake),
        window, until,
    )  # fmt: skip


def secret_of(book: Book, number: int, labeler: str) -> bytes:
    """What salts the votes of a labeler in a round: drawn once, never deleted, and shown to nobody."""
    sql = "SELECT secret FROM secret WHERE round = ? AND labeler = ?"

    def work(db: sqlite3.Connection) -> str:
        fresh = (number, labeler, os.urandom(_BYTES).hex())
        db.execute("INSERT OR IGNORE INTO secret VALUES (?, ?, ?)", fresh)
        return str(db.execute(sql, (number, labeler)).fetchone()[0])

    found = book.one(sql, number, labeler)
    return bytes.fromhex(found["secret"] if found is not None else book.write(work))


def keep_committed(book: Book, number: int, labeler: str, root: bytes, places: list[int]) -> None:
    """Keep which places a root covers: before the root is shown to anybody, so that no kill loses it."""
    values = (number, labeler, root.hex(), json.dumps(places))
    book.write(lambda db: db.execute("INSERT OR IGNORE INTO committed VALUES (?, ?, ?, ?)", values))


def covered(book: Book, number: int, labeler: str, root: bytes) -> frozenset[int] | None:
    """The places that a root of a labeler covers; None where the root was not made here."""
    sql = "SELECT places FROM committed WHERE round = ? AND labeler = ? AND root = ?"
    row = book.one(sql, number, labeler, root.hex())
    return None if row is None else frozenset(json.loads(row["places"]))


def all_on_chain(book: Book) -> dict[int, OnChain]:
    """How each round that is on a chain is there, by its number."""
    found = {row["round"]: on_chain(book, row["round"]) for row in book.read("SELECT round FROM chained")}
    return {number: one for number, one in found.items() if one is not None}


def titles(book: Book) -> dict[bytes, str]:
    """The number and title of each round that is on a chain, by its id there."""
    rows = book.read("SELECT c.round, r.title FROM chained c JOIN round r ON r.id = c.round")
    names = {row["round"]: row["title"] for row in rows}
    return {one.id: f"{number}: {names[number]}" for number, one in all_on_chain(book).items() if number in names}


def leave(book: Book, number: int) -> None:
    """Go on without the chain: the round is one of this machine alone from now on. Secrets stay."""
    book.write(lambda db: db.execute("DELETE FROM chained WHERE round = ?", (number,)))
