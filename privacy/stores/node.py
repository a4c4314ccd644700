"""Nodes of a file's tree: UnixFS inside dag-pb, as bytes.

Source: the IPLD specification of DAG-PB and the UnixFS specification. A node is written in the one canonical form
(links, then data; every link with an empty name), so that equal trees have equal CIDs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from privacy.stores import cid as cids
from privacy.stores import varint
from privacy.stores.cid import CID
from privacy.stores.errors import NotAFile

_RAW, _DIRECTORY, _FILE, _SHARDED = 0, 1, 2, 5
_VARINT, _BYTES = 0, 2


@dataclass(frozen=True)
class Link:
    """A child: its CID, the bytes of the file under it, and the bytes of all blocks under it."""

    cid: CID
    size: int
    total: int


@dataclass(frozen=True)
class Node:
    """A node: bytes of the file that it holds itself, then those of its links, `size` in all."""

    links: tuple[Link, ...]
    data: bytes
    size: int


def encode(links: Sequence[Link]) -> bytes:
    """The block of a node that holds links alone."""
    unixfs = b"\x08\x02\x18" + varint.encode(sum(link.size for link in links))
    unixfs += b"".join(b"\x20" + varint.encode(link.size) for link in links)
    return b"".join(_field(2, _link(link)) for link in links) + _field(1, unixfs)


def _link(link: Link) -> bytes:
    return _field(1, link.cid.binary) + _field(2, b"") + b"\x18" + varint.encode(link.total)


def _field(number: int, data: bytes) -> bytes:
    return bytes((number << 3 | _BYTES,)) + varint.encode(len(data)) + data


def decode(cid: CID, block: bytes) -> Node:
    """The node that a dag-pb block holds. NotAFile if it is no part of a file, or contradicts itself."""
    try:
        return _decode(block)
    except _AnotherKindError as error:
        raise NotAFile(f"{cid} is {error}, not one file", then="give the CID of a file in it") from None
    except ValueError as error:
        raise NotAFile(f"{cid} names no file: {error}", then="check where this CID comes from") from None


class _AnotherKindError(Exception):
    """A sound node of something that is no file."""


def _decode(block: bytes) -> Node:
    found: list[tuple[CID, int]] = []
    unixfs = b""
    for number, value in _fields(block):
        if number == 2 and isinstance(value, bytes):
            found.append(_read_link(value))
        elif number == 1 and isinstance(value, bytes):
            unixfs = value
    kind, data, size, sizes = -1, b"", None, list[int]()
    for number, value in _fields(unixfs):
        if number == 1 and isinstance(value, int):
            kind = value
        elif number == 2 and isinstance(value, bytes):
            data = value
        elif number == 3 and isinstance(value, int):
            size = value
        elif number == 4:
            sizes += [value] if isinstance(value, int) else _packed(value)
    if kind in (_DIRECTORY, _SHARDED):
        raise _AnotherKindError("a folder")
    if kind not in (_RAW, _FILE):
        raise ValueError("it holds something else")
    if len(sizes) != len(found):
        raise ValueError(f"it has {len(found)} links and the sizes of {len(sizes)}")
    whole = len(data) + sum(sizes)
    if size is not None and size != whole:
        raise ValueError(f"it says {size} bytes, and its parts {whole}")
    links = tuple(Link(cid, part, total) for (cid, total), part in zip(found, sizes, strict=True))
    return Node(links, data, whole)


def _read_link(data: bytes) -> tuple[CID, int]:
    cid, total = None, 0
    for number, value in _fields(data):
        if number == 1 and isinstance(value, bytes):
            cid, end = cids.read(value)
            if end != len(value):
                raise ValueError("a link's CID is followed by something")
        elif number == 3 and isinstance(value, int):
            total = value
    if cid is None:
        raise ValueError("a link has no CID")
    return cid, total


def _packed(data: bytes) -> list[int]:
    found, at = [], 0
    while at < len(data):
        number, at = varint.decode(data, at)
        found.append(number)
    return found


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """The numbers and byte strings of a protobuf message, each with its field's number."""
    at = 0
    while at < len(data):
        tag, at = varint.decode(data, at)
        value, at = varint.decode(data, at)
        if tag & 7 == _VARINT:
            yield tag >> 3, value
        elif tag & 7 == _BYTES:
            if at + value > len(data):
                raise ValueError("a field is cut short")
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            raise ValueError(f"a field is of wire type {tag & 7}")
