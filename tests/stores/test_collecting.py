"""Collection of blocks that no pin reaches: nothing else goes, beside writers, and after a kill in the middle."""

import json
import os
import threading
from pathlib import Path

import pytest

from backends.stores.local import lock
from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from privacy.cli import main
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMismatch, BlobMissing, CannotCollect, StoreBusy, StoreReadOnly
from privacy.stores.store import BlobStore, Collected
from privacy.stores.unixfs import Profile
from tests.soak import blobs
from tests.support.soaking import sized

SMALL = Profile(chunk=100, links=3)
DATA = bytes(range(256)) * 5


def opened(folder: Path) -> LocalStore:
    return LocalStore(LocalParams(folder=str(folder)))


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return opened(tmp_path / "blobs")


def blocks(store: LocalStore) -> dict[CID, int]:
    return {CID.parse(p.name): p.stat().st_size for p in (store.folder / "blocks").rglob("*") if p.is_file()}


def test_what_no_pin_reaches_goes_and_is_counted(store: LocalStore) -> None:
    kept = store.put(DATA, profile=SMALL)
    before = blocks(store)
    gone = store.put(DATA[:600] + b"other" * 40, profile=SMALL)
    more = {cid: size for cid, size in blocks(store).items() if cid not in before}
    store.unpin(gone)
    would = Collected(len(more), sum(more.values()))
    assert store.collect(dry=True) == would
    assert store.verify(gone).ok
    assert store.collect() == would
    assert (blocks(store), store.verify(kept).ok, store.has(gone)) == (before, True, False)
    assert store.collect() == Collected(0, 0)


def test_an_empty_store_and_other_files_stay(store: LocalStore) -> None:
    assert store.collect() == Collected(0, 0)
    store.unpin(store.put(b"x"))
    (store.folder / "blocks" / ".DS_Store").write_bytes(b"a desktop's own")
    assert store.collect() == Collected(1, 1)
    assert (store.folder / "blocks" / ".DS_Store").exists()


@pytest.mark.parametrize(("broken", "kind"), [("missing", BlobMissing), ("damaged", BlobMismatch)])
def test_where_a_pinned_tree_cannot_be_read_nothing_is_dropped(
    store: LocalStore, broken: str, kind: type[Exception]
) -> None:
    """Its leaves may be all that is left of it."""
    kept = store.put(DATA, profile=SMALL)
    store.unpin(store.put(b"loose"))
    (path,) = (store.folder / "blocks").rglob(kept.text)
    path.unlink() if broken == "missing" else path.write_bytes(b"other")
    before = blocks(store)
    with pytest.raises(kind, match=kept.text):
        store.collect()
    assert blocks(store) == before
    store.put(DATA, profile=SMALL)
    assert store.collect() == Collected(1, 5)


def test_a_collection_that_is_killed_is_finished_by_the_next(
    store: LocalStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept, gone = store.put(DATA, profile=SMALL), store.put(DATA[::-1], profile=SMALL)
    store.unpin(gone)
    left, real = [3], Path.unlink

    def dies(path: Path, **more: bool) -> None:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        real(path, **more)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dies)
        with pytest.raises(KeyboardInterrupt):
            store.collect()
    assert store.verify(kept).ok
    with pytest.raises(BlobMissing):
        store.pin(gone)
    assert store.collect().blocks > 0
    assert set(blocks(store)) == store.reached()
    assert store.put(DATA[::-1], profile=SMALL) == gone
    assert store.verify(gone).ok


def test_a_writer_and_a_collector_wait_for_each_other(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of a blob that is being put are reached by no pin yet."""
    other, order = opened(store.folder), list[str]()
    real = store.pin

    def pin(cid: CID) -> None:
        collector.start()
        collector.join(0.05)
        order.append("pinned")
        real(cid)

    collector = threading.Thread(target=lambda: (other.collect(), order.append("collected")))
    monkeypatch.setattr(store, "pin", pin)
    cid = store.put(DATA, profile=SMALL)
    collector.join()
    assert order == ["pinned", "collected"]
    assert store.verify(cid).ok


def test_writers_that_never_pause_let_a_collector_in_and_lose_nothing(store: LocalStore) -> None:
    kept: list[CID] = []
    stop = threading.Event()

    def work(number: int) -> None:
        with opened(store.folder) as mine:
            while not stop.is_set():
                data = b"%d %d" % (number, len(kept)) * 40
                kept.append(mine.put(data, profile=SMALL))
                mine.unpin(mine.put(data + b"let go", profile=SMALL))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for one in threads:
        one.start()
    try:
        dropped, turns = 0, 0
        # Whether a writer has let go of anything by then is the scheduler's choice: what they keep bounds the wait.
        while turns < sized(5, 100) or (dropped == 0 and len(kept) < 3000):
            dropped, turns = dropped + store.collect().blocks, turns + 1
    finally:
        stop.set()
        for one in threads:
            one.join()
    assert dropped > 0
    assert kept
    assert all(store.verify(cid).ok for cid in kept)


def test_a_writer_that_does_not_end_is_a_sentence(tmp_path: Path) -> None:
    with lock.Lock(tmp_path, patience=0).writing():
        with pytest.raises(StoreBusy, match="writes"), lock.Lock(tmp_path, patience=0.01).alone():
            pass
        with lock.Lock(tmp_path, patience=0).writing():
            pass
    with lock.Lock(tmp_path, patience=0).alone():
        pass


def test_a_store_that_can_only_be_read_is_a_sentence(store: LocalStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.unpin(store.put(b"x"))

    def fail(*_: object, **__: object) -> None:
        raise PermissionError(13, os.strerror(13))

    monkeypatch.setattr(Path, "unlink", fail)
    with pytest.raises(StoreReadOnly):
        store.collect()


def test_a_store_that_cannot_collect_says_so() -> None:
    with pytest.raises(CannotCollect):
        BlobStore.collect(object())  # type: ignore[arg-type]


def test_the_command_collects(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with opened(tmp_path / "blobs") as store:
        kept, gone = store.put(b"kept"), store.put(b"gone!")
        store.unpin(gone)
    for flags, dropped, has in (["--dry-run"], False, True), ([], True, False):
        assert main(["store", "gc", "--json", *flags]) == 0
        assert json.loads(capsys.readouterr().out) == {"blocks": 1, "bytes": 5, "dropped": dropped}
        assert (store.has(kept), store.has(gone)) == (True, has)


@pytest.mark.soak("ledger")
@pytest.mark.parametrize("collecting", [False, True])
def test_writers_are_killed_and_nothing_that_was_told_is_lost(tmp_path: Path, collecting: bool) -> None:
    """`make test` kills writers of blobs beside those of a chain: tests/chains/test_embedded.py."""
    found = blobs.torture(tmp_path / "blobs", kills=30, seed=1, collecting=collecting)
    assert found["told"] >= found["kills"]
