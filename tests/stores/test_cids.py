"""Files as trees: kubo's CID for every file, in bounded memory, and nothing but what a CID names is read."""

import io
import shutil
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.stores.local.plugin import LocalParams
from backends.stores.local.store import LocalStore
from privacy.errors import ParamError
from privacy.stores import cid as cids
from privacy.stores import node, unixfs, varint
from privacy.stores.cid import CID, DAG_PB
from privacy.stores.errors import NotAFile
from privacy.stores.node import Link
from privacy.stores.unixfs import Profile
from tests.support.cid_vectors import Vector, each

SMALL = Profile(chunk=7, links=3)


class Slow(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 5))


class Zeros:
    """So many bytes that nobody holds."""

    def __init__(self, size: int) -> None:
        self.left = size

    def read(self, size: int) -> bytes:
        size = min(size, self.left)
        self.left -= size
        return bytes(size)


@pytest.mark.parametrize("vector", each())
def test_a_file_has_the_cid_that_kubo_gives_it(vector: Vector, tmp_path: Path) -> None:
    data = vector.data
    store = LocalStore(LocalParams(folder=str(tmp_path / "blobs")))
    cid = store.put(io.BytesIO(data), profile=vector.profile)
    assert cid == vector.cid
    at = 0
    for piece in store.get(cid):
        assert data[at : at + len(piece)] == piece
        at += len(piece)
    assert at == len(data) == store.size(cid)
    shutil.rmtree(tmp_path)  # what a gigabyte leaves is not kept for the next tests


def test_memory_does_not_grow_with_the_file() -> None:
    tracemalloc.start()
    try:
        unixfs.write(Zeros(40 << 20), lambda cid, data: None)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 6 << 20


@given(st.binary(max_size=400))
def test_any_file_comes_back_however_its_stream_is_cut(data: bytes) -> None:
    blocks: dict[CID, bytes] = {}
    cid = unixfs.write(Slow(data), blocks.__setitem__, profile=SMALL)
    assert cid == unixfs.write(io.BytesIO(data), blocks.__setitem__, profile=SMALL)
    assert b"".join(unixfs.content(cid, blocks.__getitem__)) == data
    walked = dict(unixfs.walk(cid, blocks.__getitem__))
    assert walked == blocks
    assert CID.parse(cid.text) == cid
    assert cids.read(cid.binary) == (cid, len(cid.binary))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "begin with b"),
        ("QmdfTbBqBPQ7VNxZEYEj14VmRuZBkqFbiwReogJgS1zR1n", "version 0"),
        ("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyk", "not a CID"),
        ("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykuaaaa", "not a CID"),
        ("bafkreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvykz", "another form"),
        ("BAFKREIHDWDCEFGH4DQKJV67UZCMW7OJEE6XEDZDETOJUZJEVTENXQUVYKU", "begin with b"),
        ("bafyreihdwdcefgh4dqkjv67uzcmw7ojee6xedzdetojuzjevtenxquvyku", "neither raw nor dag-pb"),
        ("b../../../etc/passwd", "not a CID"),
        ("b" + "é" * 58, "not a CID"),
    ],
)
def test_a_text_that_is_no_cid_is_refused(text: str, why: str) -> None:
    with pytest.raises(ParamError, match=why):
        CID.parse(text)


def tree(size: int) -> tuple[CID, dict[CID, bytes]]:
    leaf = CID.of(b"four")
    block = node.encode([Link(leaf, size, 4)])
    return CID.of(block, codec=DAG_PB), {leaf: b"four", CID.of(block, codec=DAG_PB): block}


def test_a_tree_that_contradicts_itself_is_refused() -> None:
    root, blocks = tree(4)
    assert list(unixfs.content(root, blocks.__getitem__)) == [b"four"]
    root, blocks = tree(5)
    with pytest.raises(NotAFile, match="holds 4 bytes, and the node above it says 5"):
        list(unixfs.content(root, blocks.__getitem__))


@pytest.mark.parametrize(
    ("block", "why"),
    [
        (b"\x0a\x02\x08\x01", "a folder"),
        (b"\x0a\x02\x08\x04", "something else"),
        (b"", "something else"),
        (b"\x0a\x7f", "cut short"),
        (b"\x0a\x04\x08\x02\x18\x05", "it says 5 bytes, and its parts 0"),
        (b"\x0a\x04\x08\x02\x20\x05", "0 links and the sizes of 1"),
        (b"\x0d\x00", "wire type 5"),
        (b"\xff" * 12, "too long"),
    ],
)
def test_a_block_that_is_no_file_is_refused(block: bytes, why: str) -> None:
    with pytest.raises(NotAFile, match=why):
        node.decode(CID.of(block, codec=DAG_PB), block)


@given(st.binary(max_size=60))
def test_no_block_breaks_the_reader(block: bytes) -> None:
    try:
        found = node.decode(CID.of(block, codec=DAG_PB), block)
    except NotAFile:
        return
    assert found.size == len(found.data) + sum(link.size for link in found.links)


@given(st.integers(0, 2**63 - 1))
def test_numbers_come_back(number: int) -> None:
    data = varint.encode(number)
    assert varint.decode(data) == (number, len(data))
