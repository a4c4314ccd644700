"""The conformance kit for stores: every registered store passes it, and every planted bug is found by its check."""

import io
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from privacy.registry import discover
from privacy.stores import unixfs
from privacy.stores.cid import CID
from privacy.stores.errors import BlobMissing
from privacy.stores.opening import open_store
from privacy.stores.store import Collected
from privacy.stores.unixfs import Profile, Source
from privacy.testing.stores import CHECKS, VECTORS, check_store
from tests.support.cid_vectors import vectors
from tests.support.kubo import running


@pytest.fixture
def params(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dict[str, str]]:
    """What opens a store without touching anybody's blobs."""
    if request.param == "kubo":
        daemon = running(tmp_path)
        yield {"address": next(daemon).address}
        next(daemon, None)
    else:
        yield {"folder": str(tmp_path / "blobs")}


@pytest.mark.parametrize(("name", "params"), [(name, name) for name in discover().stores], indirect=["params"])
def test_every_registered_store_passes(name: str, params: dict[str, str]) -> None:
    found = check_store(lambda: open_store(discover(), name, params), collecting=True)
    assert {one.id: (one.passed, one.detail) for one in found} == dict.fromkeys(CHECKS, (True, ""))
    with open_store(discover(), name, params) as store:
        assert not {CID.parse(text) for _, _, text in VECTORS} & set(store.pins())


def test_the_kits_vectors_are_kubos() -> None:
    known = {(one.size, one.profile): one.cid.text for one in vectors()}
    assert all(known[size, profile] == text for size, profile, text in VECTORS)


class Trusting(LocalStore):
    """Gives whatever is on the disk."""

    def block(self, cid: CID) -> bytes:
        return self.get_block(cid)


class Forgetful(LocalStore):
    """Acknowledges what is in memory alone."""

    def put_block(self, cid: CID, data: bytes) -> None:
        self.__dict__.setdefault("held", {})[cid] = data

    def get_block(self, cid: CID) -> bytes:
        return self.__dict__.get("held", {}).get(cid) or super().get_block(cid)

    def has_block(self, cid: CID) -> bool:
        return cid in self.__dict__.get("held", {})


class Optimist(LocalStore):
    """Has everything."""

    def has(self, cid: CID) -> bool:
        return True


class Coarse(LocalStore):
    """Cuts files its own way."""

    def put(self, source: bytes | Source, *, profile: Profile = unixfs.UNIXFS_V1_2025) -> CID:
        return super().put(source, profile=Profile(chunk=profile.chunk // 2, links=profile.links))


class Early(LocalStore):
    """Pins a blob by its first chunk."""

    def put(self, source: bytes | Source, *, profile: Profile = unixfs.UNIXFS_V1_2025) -> CID:
        stream = io.BytesIO(source) if isinstance(source, bytes) else source
        first = stream.read(profile.chunk)
        self.pin(super().put(first))
        return super().put(io.BytesIO(first + b"".join(iter(lambda: stream.read(1024), b""))), profile=profile)


class Sticky(LocalStore):
    """Lists what was unpinned."""

    def unpin(self, cid: CID) -> None:
        if cid not in set(self.pins()):
            raise BlobMissing("not pinned")


class Alone(LocalStore):
    """Does not stand a second writer."""

    def __init__(self, params: LocalParams) -> None:
        super().__init__(params)
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "busy").open("x").close()

    def close(self) -> None:
        (self.folder / "busy").unlink()


class Credulous(LocalStore):
    """Takes a CAR file at its word."""

    @staticmethod
    def _check(cid: CID, data: bytes, *, whose: str) -> None:
        return None


class Greedy(LocalStore):
    """Drops what another blob has in common with one that was let go."""

    def collect(self, *, dry: bool = False) -> Collected:
        found = [path for path in (self.folder / "blocks").rglob("*") if path.is_file()]
        for path in () if dry else found:
            path.unlink()
        return Collected(len(found), None)


class Hoarder(LocalStore):
    """Says that it drops, and does not."""

    def collect(self, *, dry: bool = False) -> Collected:
        return super().collect(dry=True)


class Hasty(LocalStore):
    """Drops before it is to."""

    def collect(self, *, dry: bool = False) -> Collected:
        return super().collect()


@pytest.mark.parametrize(
    ("kind", "check"),
    [
        (Trusting, "damaged"),
        (Forgetful, "round_trip"),
        (Optimist, "missing"),
        (Coarse, "vectors"),
        (Early, "broken_stream"),
        (Sticky, "pins"),
        (Alone, "at_once"),
        (Credulous, "cars"),
        (Greedy, "collection"),
        (Hoarder, "collection"),
        (Hasty, "collection"),
    ],
)
def test_a_planted_bug_is_found_by_its_check(kind: type[LocalStore], check: str, tmp_path: Path) -> None:
    opening = partial(kind, LocalParams(folder=str(tmp_path / "blobs")))
    found = {one.id: one for one in check_store(opening, collecting=True)}
    assert found[check].passed is False, found[check]


def test_what_is_not_pinned_is_dropped_where_the_kit_may_alone(tmp_path: Path) -> None:
    store = LocalStore(LocalParams(folder=str(tmp_path / "blobs")))
    mine = store.put(b"not pinned, and not the kit's")
    store.unpin(mine)
    assert {one.id: one.passed for one in check_store(lambda: store)}["collection"] is None
    assert store.has(mine)


def test_a_store_with_its_own_way_of_reading_is_asked_for_a_way_to_damage_it(tmp_path: Path) -> None:
    class Own(LocalStore):
        def get(self, cid: CID) -> Iterator[bytes]:
            return LocalStore(LocalParams(folder=str(self.folder))).get(cid)

    def opening() -> LocalStore:
        return Own(LocalParams(folder=str(tmp_path / "blobs")))

    def corrupt(cid: CID) -> None:
        (path,) = (tmp_path / "blobs" / "blocks").rglob(cid.text)
        path.write_bytes(b"other")

    assert {one.id: one.passed for one in check_store(opening)}["damaged"] is None
    assert {one.id: one.passed for one in check_store(opening, corrupt=corrupt)}["damaged"] is True
