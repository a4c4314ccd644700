"""Tools of the chain: check it, export its blocks, take an export in by executing every block again, start again."""

import gzip
import json
import os
import shutil
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import rlp
from eth.db.trie import make_trie_root_and_nodes
from eth.exceptions import PyEVMError
from eth_utils.exceptions import ValidationError

from backends.chains.embedded.chain import folder_of
from backends.chains.embedded.database import FILE, Database
from backends.chains.embedded.owner import Lock
from backends.chains.embedded.plugin import EmbeddedParams
from backends.chains.embedded.state import Genesis, Job, Machine, admit, decoded, parse_header
from privacy.plugin.chains import ChainBusy, ChainDamaged, ChainError, Keeping, Progress, guarded

MAGIC = b"veilbench chain 1\n"
_LENGTH = struct.Struct(">I")
_MOST_BLOCK = 64 * 2**20
"""Bytes of a block in an export at most: a file that says more is damaged."""
_UNREADABLE = (rlp.exceptions.RLPException, PyEVMError, ValidationError, TypeError, ValueError)
"""What py-evm raises for bytes that are no transaction: of no type that it knows, cut off, or with wrong fields."""


class EmbeddedKeeping(Keeping):
    """The tools of the embedded chain. All but `reset` and `bring` also work beside a process that writes."""

    def __init__(self, params: EmbeddedParams) -> None:
        self.folder = folder_of(params)

    def check(self, progress: Progress) -> Iterator[str]:
        """SQLite's own check, the chain of hashes, each state, and each block's transactions and logs."""
        db = self._opened()
        try:
            for row in db.read("pragma integrity_check"):
                if row[0] != "ok":
                    yield f"the file: {row[0]}"
            total = db.read("select count(*) from block")[0][0]
            parent: bytes | None = None
            for at, (n, hash_, raw) in enumerate(db.read("select n, hash, header from block order by n")):
                yield from (f"block {n}: {why}" for why in _faults(db, at, n, bytes(hash_), bytes(raw), parent))
                parent = bytes(hash_)
                progress(at + 1, total)
        finally:
            db.close()

    def export(self, path: Path, progress: Progress) -> int:
        """A gzip file: a first line, the genesis and the head as JSON, then each block with its length before it."""
        db = self._opened()
        part = path.with_name(path.name + ".part")
        try:
            top = db.header()
            if top is None:
                raise ChainDamaged("the chain has no block", where=str(self.folder))

            def write() -> None:
                with gzip.open(part, "wb", 4) as file:
                    head = {"genesis": db.genesis().text(), "head": top.hash.hex(), "blocks": top.block_number + 1}
                    file.write(MAGIC + json.dumps(head).encode() + b"\n")
                    query = "select n, header from block where n<=? order by n"
                    for n, raw in db.read(query, (top.block_number,)):
                        block = bytes(rlp.encode([bytes(raw), db.raws(n)]))
                        file.write(_LENGTH.pack(len(block)) + block)
                        progress(n + 1, top.block_number + 1)
                os.replace(part, path)

            guarded(write, path)
            return int(top.block_number) + 1
        finally:
            part.unlink(missing_ok=True)
            db.close()

    def bring(self, path: Path, progress: Progress) -> int:
        part = self.folder.with_name(self.folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        lock = self._alone()
        try:
            guarded(lambda: part.mkdir(parents=True, mode=0o700), part)
            blocks = _take_in(path, Database(part, synced=False), progress)
            self._set_aside()
            guarded(lambda: os.replace(part / FILE, self.folder / FILE), self.folder)
            return blocks
        finally:
            shutil.rmtree(part, ignore_errors=True)
            lock.give_back()

    def reset(self) -> Path | None:
        lock = self._alone()
        try:
            return self._set_aside()
        finally:
            lock.give_back()

    def _opened(self) -> Database:
        db = Database(self.folder)
        if not db.exists():
            raise ChainError("there is no chain yet", where=str(self.folder), then="it is made when it is first used")
        return db

    def _alone(self) -> Lock:
        guarded(lambda: self.folder.mkdir(parents=True, exist_ok=True, mode=0o700), self.folder)
        lock = Lock(self.folder)
        if not lock.take():
            text = "another process has the chain open"
            raise ChainBusy(text, where=str(self.folder), then="close the app, and what else uses it, then try again")
        return lock

    def _set_aside(self) -> Path | None:
        """Move the chain's files to a folder beside it, under the time. Its accounts stay."""
        found = [one for one in self.folder.glob(f"{FILE}*") if one.is_file()]
        if not found:
            return None
        aside = self.folder.with_name(f"{self.folder.name}-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}")

        def move() -> Path:
            aside.mkdir(mode=0o700)
            for one in found:
                os.replace(one, aside / one.name)
            return aside

        return guarded(move, aside)


def _faults(db: Database, at: int, n: int, hash_: bytes, raw: bytes, parent: bytes | None) -> Iterator[str]:
    try:
        header = parse_header(raw)
    except rlp.exceptions.RLPException:
        yield "its header cannot be read"
        return
    if n != at or header.block_number != n:
        yield "its number is not the next one"
    if header.hash != hash_:
        yield "its hash is another than its header's"
    if parent is not None and header.parent_hash != parent:
        yield "it does not follow from the block before"
    if db.fetch(header.state_root) is None:
        yield "its state is missing"
    try:
        root = make_trie_root_and_nodes([decoded(one) for one in db.raws(n)])[0]
    except _UNREADABLE:
        yield "a transaction of it cannot be read"
        return
    if root != header.transaction_root:
        yield "its transactions are not those of its header"
    logged = db.read("select address, t0, t1, t2, t3 from log where n=?", (n,))
    if header.bloom != _bloom(logged):
        yield "its logs are not those of its header"


def _bloom(rows: list[Any]) -> int:
    from eth_bloom import BloomFilter

    bloom = BloomFilter()
    for row in rows:
        bloom.extend([bytes(one) for one in row if one is not None])
    return int(bloom)


def _take_in(path: Path, db: Database, progress: Progress) -> int:
    """Execute every block of an export into a new file; each must get the hash that it has there."""
    try:
        with guarded(lambda: gzip.open(path), path) as file:
            return _blocks(file, path, db, progress)
    except ChainError:
        raise
    except (OSError, EOFError, ValueError, KeyError, TypeError, struct.error, rlp.exceptions.RLPException) as error:
        raise _damaged(path, "it cannot be read whole") from error
    finally:
        db.close()


def _blocks(file: gzip.GzipFile, path: Path, db: Database, progress: Progress) -> int:
    if file.readline(len(MAGIC)) != MAGIC:
        raise _damaged(path, "it does not begin as one")
    about = json.loads(file.readline(2**20))
    genesis, total = Genesis.parse(about["genesis"]), int(about["blocks"])
    machine = Machine(genesis.chain_id, db.fetch, db.hashes)
    head = None
    for n in range(total):
        (size,) = _LENGTH.unpack(file.read(_LENGTH.size))
        if size > _MOST_BLOCK:
            raise _damaged(path, f"block {n} is too long")
        raw, raws = rlp.decode(file.read(size))
        want = parse_header(raw)
        if head is None:
            made = Machine.first(genesis)
            db.create(genesis, made)
        else:
            jobs = [Job.of(bytes(one)) for one in raws]
            for job in jobs:
                job.tx = admit(job.raw, chain_id=genesis.chain_id)
            made = machine.execute(machine.child(head, time=want.timestamp, mix=want.mix_hash), jobs)
            if made.header.hash == want.hash:
                db.put(made)
        if made.header.hash != want.hash:
            raise _damaged(path, f"block {n} does not follow from the ones before it")
        head = made.header
        progress(n + 1, total)
    if head is None or head.hash.hex() != about["head"] or file.read(1):
        raise _damaged(path, "it does not end with the block that it names")
    db.sync()
    return total


def _damaged(path: Path, why: str) -> ChainDamaged:
    return ChainDamaged(f"the file is not an export of a chain: {why}", where=str(path), then="export it again")
