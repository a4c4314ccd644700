"""Files as trees of blocks: written in one pass, walked block by block, in memory that does not grow with the file."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from privacy.stores import node
from privacy.stores.cid import CID, DAG_PB
from privacy.stores.errors import NotAFile
from privacy.stores.node import Link


@dataclass(frozen=True)
class Profile:
    """How a file is cut: bytes in a chunk, links in a node. Two implementations agree on CIDs under one profile."""

    chunk: int
    links: int


UNIXFS_V1_2025 = Profile(chunk=1 << 20, links=1024)
"""CID version 1, raw leaves, SHA-256, balanced trees (IPIP-499): `ipfs config profile apply unixfs-v1-2025`."""


class Source(Protocol):
    """Something to read from, such as an open file."""

    def read(self, size: int, /) -> bytes: ...


Fetch = Callable[[CID], bytes]
"""Gets a block that matches its CID, or raises."""


def write(source: Source, put_block: Callable[[CID, bytes], None], *, profile: Profile = UNIXFS_V1_2025) -> CID:
    """Cut what `source` has into blocks, children before their parents, and return the CID of all of it."""
    tree = _Tree(put_block, profile.links)
    chunk = _chunk(source, profile.chunk)
    while True:
        cid = CID.of(chunk)
        put_block(cid, chunk)
        tree.add(Link(cid, len(chunk), len(chunk)))
        # A file whose end falls on a chunk's has no empty chunk after it; an empty file is one empty chunk.
        if len(chunk) < profile.chunk or not (chunk := _chunk(source, profile.chunk)):
            return tree.root()


def cid_of(body: bytes) -> CID:
    """The CID of these bytes as a store would keep them, without a store."""
    return write(io.BytesIO(body), lambda cid, block: None)


def _chunk(source: Source, size: int) -> bytes:
    """The next `size` bytes, fewer at the end alone: a pipe gives what it has."""
    parts, left = [], size
    while left and (part := source.read(left)):
        parts.append(part)
        left -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class _Tree:
    """The links that wait for a parent, level by level from the leaves up: at most one node's worth for each."""

    def __init__(self, put_block: Callable[[CID, bytes], None], most: int) -> None:
        self._put, self._most = put_block, most
        self._levels: list[list[Link]] = []

    def add(self, link: Link, *, level: int = 0) -> None:
        if level == len(self._levels):
            self._levels.append([])
        if len(self._levels[level]) == self._most:
            self._close(level)
        self._levels[level].append(link)

    def _close(self, level: int) -> None:
        links, self._levels[level] = self._levels[level], []
        block = node.encode(links)
        cid = CID.of(block, codec=DAG_PB)
        self._put(cid, block)
        total = len(block) + sum(link.total for link in links)
        self.add(Link(cid, sum(link.size for link in links), total), level=level + 1)

    def root(self) -> CID:
        level = 0
        while not (level == len(self._levels) - 1 and len(self._levels[level]) == 1):
            if self._levels[level]:
                self._close(level)
            level += 1
        return self._levels[level][0].cid


def content(root: CID, fetch: Fetch) -> Iterator[bytes]:
    """The bytes of a file, in order, a block at a time."""
    waiting: list[tuple[CID, int | None]] = [(root, None)]
    while waiting:
        cid, size = waiting.pop()
        data, links = parts(cid, fetch(cid), size=size)
        if data:
            yield data
        waiting.extend((link.cid, link.size) for link in reversed(links))


def parts(cid: CID, block: bytes, *, size: int | None = None) -> tuple[bytes, tuple[Link, ...]]:
    """The bytes of the file in a block, and its links. NotAFile unless they are `size` bytes in all."""
    data, links, whole = block, tuple[Link, ...](), len(block)
    if cid.is_tree:
        found = node.decode(cid, block)
        data, links, whole = found.data, found.links, found.size
    if size is not None and whole != size:
        text = f"{cid} holds {whole} bytes, and the node above it says {size}"
        raise NotAFile(text, then="check where the CID of the file comes from")
    return data, links


def size_of(cid: CID, fetch: Fetch) -> int:
    """The bytes of a file, by its first block."""
    data, links = parts(cid, fetch(cid))
    return len(data) + sum(link.size for link in links)


def walk(root: CID, fetch: Fetch) -> Iterator[tuple[CID, bytes]]:
    """Every block of a file once, parents before their children, from the first to the last."""
    waiting: list[tuple[CID, int | None]] = [(root, None)]
    seen: set[CID] = set()
    while waiting:
        cid, size = waiting.pop()
        if cid in seen:
            continue
        seen.add(cid)
        block = fetch(cid)
        _, links = parts(cid, block, size=size)
        yield cid, block
        waiting.extend((link.cid, link.size) for link in reversed(links))
