"""The store `local`: durable, shared, and never wrong about what it keeps."""

import errno
import io
import os
import threading
import time
from pathlib import Path

import pytest

from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from privacy.errors import MissingModuleError, PluginError, UnknownNameError
from privacy.registry import discover
from privacy.stores import node
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMismatch, BlobMissing, CarError, NotAFile, StoreError, StoreFull, StoreReadOnly
from privacy.stores.node import Link
from privacy.stores.opening import open_store
from privacy.stores.unixfs import Profile

SMALL = Profile(chunk=100, links=3)
DATA = bytes(range(256)) * 5


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(LocalParams(folder=str(tmp_path / "blobs")))


def path_of(store: LocalStore, cid: CID) -> Path:
    (found,) = (store.folder / "blocks").rglob(cid.text)
    return found


def flip(store: LocalStore, cid: CID) -> None:
    path = path_of(store, cid)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_blob_is_kept_for_the_next_process(store: LocalStore, tmp_path: Path) -> None:
    cid = store.put(io.BytesIO(DATA), profile=SMALL)
    again = LocalStore(LocalParams(folder=str(tmp_path / "blobs")))
    assert b"".join(again.get(cid)) == DATA
    assert [(b.cid, b.size) for b in again.ls()] == [(cid, len(DATA))]
    assert again.put(DATA, profile=SMALL) == cid
    assert again.verify(cid).size == len(DATA)


def test_its_folder_is_a_room_of_the_state_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    with open_store(discover()) as store:
        cid = store.put(b"hello")
    assert list((tmp_path / "state" / "blobs" / "pins").iterdir()) == [tmp_path / "state" / "blobs" / "pins" / cid.text]


def test_a_flipped_byte_is_refused_found_and_mended_by_putting_again(store: LocalStore) -> None:
    cid = store.put(DATA, profile=SMALL)
    leaf = CID.of(DATA[300:400])
    flip(store, leaf)
    given = store.get(cid)
    with pytest.raises(BlobMismatch, match=leaf.text):
        b"".join(given)
    health = store.verify(cid)
    assert (health.ok, health.damaged, health.missing) == (False, (leaf,), ())
    with pytest.raises(BlobMismatch):
        b"".join(store.export_car(cid))
    store.put(DATA, profile=SMALL)
    assert store.verify(cid).ok


def test_a_missing_block_is_named(store: LocalStore) -> None:
    cid, leaf = store.put(DATA, profile=SMALL), CID.of(DATA[300:400])
    path_of(store, leaf).unlink()
    assert not store.has(cid)
    assert store.verify(cid).missing == (leaf,)
    with pytest.raises(BlobMissing, match=leaf.text):
        b"".join(store.get(cid))
    with pytest.raises(BlobMissing):
        store.pin(cid)
    with pytest.raises(BlobMissing):
        store.get(CID.of(b"never put"))


def test_pins(store: LocalStore) -> None:
    cid = store.put(b"one")
    store.pin(cid)
    assert [(b.cid, b.size) for b in store.ls()] == [(cid, 3)]
    flip(store, cid)
    assert [(b.cid, b.size) for b in store.ls()] == [(cid, None)]
    store.unpin(cid)
    assert list(store.ls()) == []
    with pytest.raises(BlobMissing, match="not pinned"):
        store.unpin(cid)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, StoreFull),
        (errno.EDQUOT, StoreFull),
        (errno.EROFS, StoreReadOnly),
        (errno.EACCES, StoreReadOnly),
        (errno.EIO, StoreError),
    ],
)
def test_what_cannot_be_written_is_a_sentence_and_nothing_is_lost(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch, code: int, kind: type[StoreError]
) -> None:
    cid = store.put(b"before")

    def fail(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        with pytest.raises(kind, match="blob store"):
            store.put(b"after")
    assert [b.cid for b in store.ls()] == [cid]
    assert list((store.folder / "tmp").iterdir()) == []
    assert b"".join(store.get(store.put(b"after"))) == b"after"


def test_a_store_that_can_only_be_read_is_read(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    cid = store.put(b"before")

    def fail(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "read-only")

    for name in ("fsync", "replace", "mkdir", "unlink"):
        monkeypatch.setattr(os, name, fail)
    again = LocalStore(LocalParams(folder=str(store.folder)))
    assert b"".join(again.get(cid)) == b"before"
    assert again.verify(cid).ok
    with pytest.raises(StoreReadOnly):
        again.put(b"after")


def test_threads_and_objects_put_at_once(store: LocalStore) -> None:
    others = [store, LocalStore(LocalParams(folder=str(store.folder)))]
    found: list[CID] = []

    def work(number: int) -> None:
        found.append(others[number % 2].put(DATA[number % 3 :], profile=SMALL))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(found) == 12
    assert {b.cid for b in store.ls()} == set(found)
    assert all(store.verify(cid).ok for cid in set(found))


def test_a_name_is_durable_before_a_second_thread_is_acknowledged(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second finds nothing left to make durable while the first is still at it: it has to wait."""
    store.put(b"warm")
    gate, order, real = threading.Event(), list[str](), os.fsync

    def slow(handle: int) -> None:
        if not order:
            order.append("first")
            gate.wait(5)
            order.append("synced")
        real(handle)

    store.put_block(CID.of(b"x"), b"x")
    monkeypatch.setattr(os, "fsync", slow)
    first = threading.Thread(target=store.flush)
    first.start()
    while not order:
        time.sleep(0.001)
    second = threading.Thread(target=lambda: (store.flush(), order.append("second")))
    second.start()
    second.join(0.05)
    gate.set()
    first.join()
    second.join()
    assert order == ["first", "synced", "second"]


def test_what_killed_writers_left_goes_after_an_hour(store: LocalStore) -> None:
    store.put(b"x")
    old, new = store.folder / "tmp" / "old", store.folder / "tmp" / "new"
    for path, age in ((old, 4000), (new, 10)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    LocalStore(LocalParams(folder=str(store.folder)))
    assert (old.exists(), new.exists()) == (False, True)


def test_cars_come_back_and_a_bad_one_pins_nothing(store: LocalStore, tmp_path: Path) -> None:
    cid = store.put(DATA, profile=SMALL)
    car = b"".join(store.export_car(cid))
    other = LocalStore(LocalParams(folder=str(tmp_path / "other")))
    leaf = DATA[300:400]
    at = car.index(leaf)
    for bad, error in [
        (car[: at + 3], CarError),
        (car[:at] + b"\xff" + car[at + 1 :], BlobMismatch),
        (car[: at - 38], BlobMissing),
        (b"", CarError),
        (b"hello, world", CarError),
        (b"\x0a\xa1\x67version\x02", CarError),
        (b"\xff\xff\xff\xff\x7f", CarError),
    ]:
        with pytest.raises(error):
            other.import_car(io.BytesIO(bad))
        assert list(other.ls()) == []
    assert other.import_car(io.BytesIO(car)) == [cid]
    assert b"".join(other.get(cid)) == DATA


def test_a_small_tree_of_endless_bytes_is_looked_through_once(store: LocalStore) -> None:
    """Twenty levels of a hundred links to one block each: 100^20 bytes."""
    link, cid = Link(CID.of(b"x"), 1, 1), CID.of(b"x")
    store.put_block(cid, b"x")
    for _ in range(20):
        block = node.encode([link] * 100 if link.size < 1 << 48 else [link])
        cid = CID.of(block, codec=0x70)
        store.put_block(cid, block)
        link = Link(cid, link.size * (100 if link.size < 1 << 48 else 1), 1)
    assert store.has(cid)
    assert store.verify(cid).ok


def test_a_folder_is_no_blob(store: LocalStore) -> None:
    block = b"\x0a\x02\x08\x01"
    cid = CID.of(block, codec=0x70)
    store.put_block(cid, block)
    for work in (store.get, store.has, store.verify, store.export_car, store.pin):
        with pytest.raises(NotAFile, match="a folder"):
            work(cid)


STORE = """
from dataclasses import dataclass
from privacy.plugin.stores import BlobStore, StoreSpec, hookimpl

@hookimpl
def register_stores():
    return [StoreSpec(id='mine', title='Mine', summary='Mine.', store=__name__ + ':Mine')]

class Mine:
    def __init__(self, params): pass
"""


def test_a_store_of_a_file_is_a_row_and_a_broken_one_has_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    (tmp_path / "plugins").mkdir()
    path = tmp_path / "plugins" / "mine.py"
    path.write_text(STORE)
    registry = discover()
    assert next(iter(registry.stores)) == "local"
    assert not registry.builtin(registry.store("mine"))
    with pytest.raises(PluginError, match="is no BlobStore"):
        open_store(registry, "mine")
    with pytest.raises(UnknownNameError, match="local"):
        open_store(registry, "locale")
    path.write_text(STORE.replace("store=", "modules=('no_such_module',), store="))
    with pytest.raises(MissingModuleError, match="no_such_module"):
        open_store(discover(), "mine")
    path.write_text(STORE.replace("summary='Mine.'", "summary=3"))
    (row,) = [e for e in discover().store_entries if e.id == "mine"]
    assert "summary" in row.reason
    path.write_text(STORE.replace("id='mine'", "id='local'"))
    (row,) = [e for e in discover().store_entries if not e.builtin]
    assert "already registered" in row.reason
