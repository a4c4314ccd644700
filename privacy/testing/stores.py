"""The conformance kit for blob stores: what any store must do, whoever wrote it.

    results = check_store(lambda: MyStore(MyParams()))
    assert all(r.passed is not False for r in results)

It uses the store as people do: it keeps some 4 MB of blobs there and unpins what it pinned. A store that keeps blobs by
other means than `put_block` and `get_block` gives `corrupt`, which damages a block where it lies. Collection is
checked with `collecting` alone, as it drops all that is unpinned: not in a store that others put things into.
"""

import hashlib
import io
import secrets
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from privacy.finding import Finding
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMismatch, BlobMissing, CannotCollect, StoreError
from privacy.stores.store import BlobStore
from privacy.stores.unixfs import UNIXFS_V1_2025, Profile
from privacy.testing.demands import Broken, NotRun, demand, finding

Open = Callable[[], BlobStore]
Corrupt = Callable[[CID], None]

SMALL = Profile(chunk=1024, links=4)
"""Trees of some depth from little data."""

VECTORS = (
    (0, UNIXFS_V1_2025, "bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku"),
    (1, UNIXFS_V1_2025, "bafkreia7dbhrahdh2wc3uagsjt66g2dd65d7xk46qsxxoyhmo4pjwnwkke"),
    (1000, UNIXFS_V1_2025, "bafkreichvjydxsutgyvh2elugbroaqtyi5l2nfd3fbhw4azevc6zbtmfta"),
    (1048576, UNIXFS_V1_2025, "bafkreifgbub7a4ffbk463qc63xyionmb6nkf5zeidjnacwtfacqlitxphy"),
    (1048577, UNIXFS_V1_2025, "bafybeihabd6klj3wdepr4kdk47daxnouwusal7wsm5sx3zvnosqvrn3lxi"),
    (4097, SMALL, "bafybeiaarvk6ddquikbmmxa3sipgqy7mqzuhxespqouaajhh653zg2mfp4"),
    (16385, SMALL, "bafybeifnhe4tqbdwipbiyrxf4zhqhcx7siniyichftfmdnsuf6ighnclpi"),
    (100000, SMALL, "bafybeiaiknpzfusi6yzhqpsbor5cnhltl3wfysruqnroy2rz2euefmjivy"),
)
"""Sizes, how files are cut, and the CIDs that kubo 0.43.0 gives to shake_256(b"veilbench cid vector SIZE")."""


def check_store(opening: Open, *, corrupt: Corrupt | None = None, collecting: bool = False) -> list[Finding]:
    """Run every check on the store that `opening` opens, again and again; no check stops another."""
    return list(checking(opening, corrupt=corrupt, collecting=collecting))


def checking(opening: Open, *, corrupt: Corrupt | None = None, collecting: bool = False) -> Iterator[Finding]:
    """The same, one by one as they end."""

    def anew(check: Callable[["_Bench"], None]) -> None:
        with opening() as store:
            bench = _Bench(store, opening, corrupt, collecting, set(store.pins()))
            try:
                check(bench)
            finally:
                bench.clear()

    for name, (title, check) in CHECKS.items():
        yield finding(name, title, partial(anew, check))


@dataclass
class _Bench:
    store: BlobStore
    opening: Open
    corrupt: Corrupt | None
    collecting: bool
    before: set[CID]

    def blob(self, size: int = 5000) -> bytes:
        """Bytes that nobody has put yet."""
        return secrets.token_bytes(size)

    def clear(self) -> None:
        for cid in set(self.store.pins()) - self.before:
            if cid in self.mine:
                self.store.unpin(cid)

    def put(self, data: bytes, *, profile: Profile = SMALL) -> CID:
        cid = self.store.put(io.BytesIO(data), profile=profile)
        self.mine.add(cid)
        return cid

    def __post_init__(self) -> None:
        self.mine: set[CID] = set()


def _refuses(kind: type[StoreError], work: Callable[[], object], what: str) -> None:
    try:
        work()
    except kind:
        return
    raise Broken(f"{what} is let through, not refused with {kind.__name__}")


def _read(store: BlobStore, cid: CID) -> bytes:
    return b"".join(store.get(cid))


def _vectors(bench: _Bench) -> None:
    for size, profile, text in VECTORS:
        data = hashlib.shake_256(b"veilbench cid vector %d" % size).digest(size)
        cid = bench.put(data, profile=profile)
        demand(cid.text == text, f"{size} bytes in chunks of {profile.chunk} got {cid}, not {text}")
        demand(_read(bench.store, cid) == data, f"{size} bytes came back as others")


def _round_trip(bench: _Bench) -> None:
    data = bench.blob()
    cid = bench.put(data)
    demand(bench.store.put(data, profile=SMALL) == cid, "the same bytes got another CID when they were put again")
    with bench.opening() as other:
        demand(_read(other, cid) == data, "who opens the store anew gets other bytes")
        demand(other.has(cid) and other.size(cid) == len(data), "who opens the store anew does not find the blob")
        demand(other.verify(cid).ok, "a blob that was just put is said to be damaged")


def _missing(bench: _Bench) -> None:
    cid = CID.of(bench.blob())
    demand(not bench.store.has(cid), "it says that it has a blob that nobody put")
    demand(bench.store.verify(cid).missing == (cid,), "verify does not name a block that is missing")
    for name in ("get", "pin", "unpin"):
        _refuses(BlobMissing, partial(getattr(bench.store, name), cid), f"{name} of a blob that nobody put")


def _damaged(bench: _Bench) -> None:
    data = bench.blob()
    cid, leaf = bench.put(data), CID.of(data[2048:3072])
    if bench.corrupt:
        bench.corrupt(leaf)
    else:
        _tamper(bench.store, leaf)
    given = bytearray()

    def read() -> None:
        for piece in bench.store.get(cid):
            given.extend(piece)

    try:
        read()
    except BlobMismatch:
        pass
    else:
        if bytes(given) == data and not bench.corrupt:
            raise NotRun("it does not read through get_block: give the kit `corrupt`, which damages a block")
        raise Broken("bytes that do not match their CID are given")
    demand(data.startswith(bytes(given)), "bytes that do not match their CID are given before it is refused")
    demand(bench.store.verify(cid).damaged == (leaf,), "verify does not name the block that is damaged")
    _refuses(BlobMismatch, lambda: b"".join(bench.store.export_car(cid)), "the export of a damaged blob")


def _tamper(store: BlobStore, leaf: CID) -> None:
    """Let the store serve one block with a flipped byte, as one would whose disk is bad or who lies."""
    real = store.get_block

    def get_block(cid: CID) -> bytes:
        data = real(cid)
        return bytes((data[0] ^ 1,)) + data[1:] if cid == leaf else data

    store.get_block = get_block  # type: ignore[method-assign]


def _pins(bench: _Bench) -> None:
    data = bench.blob()
    cid = bench.put(data)
    store = bench.store
    listed = {blob.cid: blob.size for blob in store.ls()}
    demand(listed.get(cid) == len(data), "ls does not list what was put, with its size")
    store.pin(cid)
    demand([blob.cid for blob in store.ls()].count(cid) == 1, "a blob that is pinned twice is not listed once")
    store.unpin(cid)
    demand(cid not in {blob.cid for blob in store.ls()}, "ls lists what was unpinned")
    _refuses(BlobMissing, lambda: store.unpin(cid), "unpinning what is not pinned")


class _Ends(Exception):
    pass


class _Stops(io.RawIOBase):
    """A stream that breaks after some chunks."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        found = self._data.read(size)
        if not found:
            raise _Ends
        return found


def _broken_stream(bench: _Bench) -> None:
    before = set(bench.store.pins())
    try:
        bench.store.put(_Stops(bench.blob()), profile=SMALL)
    except _Ends:
        pass
    else:
        raise Broken("a stream that breaks is taken for a whole blob")
    demand(set(bench.store.pins()) == before, "part of a stream that broke is pinned")


def _at_once(bench: _Bench) -> None:
    blobs = [bench.blob(3000) for _ in range(4)]
    wrong: list[str] = []

    def work(number: int) -> None:
        data = blobs[number % len(blobs)]
        try:
            with bench.opening() as store:
                cid = store.put(data, profile=SMALL)
                if _read(store, cid) != data:
                    wrong.append("other bytes came back")
        except Exception as error:
            wrong.append(f"{type(error).__name__}: {error}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    cids = {bench.put(data) for data in blobs}
    demand(not wrong, f"of twelve puts at once, {len(wrong)} went wrong: {wrong[0] if wrong else ''}")
    demand(all(bench.store.verify(cid).ok for cid in cids), "blobs that were put at once are damaged")
    demand(cids <= {blob.cid for blob in bench.store.ls()}, "blobs that were put at once are not listed")


def _cars(bench: _Bench) -> None:
    data = bench.blob()
    cid = bench.put(data)
    car = b"".join(bench.store.export_car(cid))
    bench.store.unpin(cid)
    at = car.index(data[2048:3072])
    bad = car[:at] + bytes((car[at] ^ 1,)) + car[at + 1 :]
    _refuses(BlobMismatch, lambda: bench.store.import_car(io.BytesIO(bad)), "a CAR file with a flipped byte")
    demand(cid not in set(bench.store.pins()), "a CAR file that is refused is pinned")
    demand(bench.store.import_car(io.BytesIO(car)) == [cid], "a CAR file comes in under another CID")
    demand(_read(bench.store, cid) == data and cid in set(bench.store.pins()), "a CAR file does not come back")


def _collection(bench: _Bench) -> None:
    if not bench.collecting:
        raise NotRun("it would drop all that is not pinned: let the kit do so where nothing else is kept")
    shared, store = bench.blob(2048), bench.store
    kept, gone = bench.put(shared + b"kept"), bench.put(shared + b"gone" * 700)
    store.unpin(gone)
    try:
        would = store.collect(dry=True).blocks
        demand(would > 0 and store.has(gone), "a dry collection drops blocks, or counts none")
    except CannotCollect:
        would = 0
    try:
        dropped = store.collect().blocks
    except CannotCollect as error:
        raise NotRun(str(error)) from error
    demand(not store.has(gone), "what was unpinned is there after a collection")
    demand(dropped >= max(would, 1), f"{dropped} blocks are said to be dropped, and {would} were to be")
    demand(store.verify(kept).ok, "a block of a pinned blob was dropped")
    demand(bench.put(shared + b"gone" * 700) == gone and store.verify(gone).ok, "what was dropped cannot be put again")


CHECKS: dict[str, tuple[str, Callable[[_Bench], None]]] = {
    "vectors": ("files have the CIDs that kubo gives them", _vectors),
    "round_trip": ("what is put comes back, also to who opens the store anew", _round_trip),
    "missing": ("a blob that is not there is said to be missing", _missing),
    "damaged": ("bytes that do not match their CID are refused", _damaged),
    "pins": ("what is pinned is listed, once, until it is unpinned", _pins),
    "broken_stream": ("part of a blob is no blob", _broken_stream),
    "at_once": ("many may put at once", _at_once),
    "cars": ("CAR files go out and come in, whole or not at all", _cars),
    "collection": ("what no pin reaches is dropped, and nothing else", _collection),
}
