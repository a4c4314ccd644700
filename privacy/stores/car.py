"""CAR files of version 1: a header that names the roots, then block after block, each with its CID.

Source: the IPLD specification of CARv1. Both directions stream: one block is held at a time.
"""

from collections.abc import Iterable, Iterator

from privacy.stores import cid as cids
from privacy.stores import varint
from privacy.stores.cid import CID
from privacy.stores.errors import CarError
from privacy.stores.unixfs import Source

MOST = 8 << 20
"""Bytes of a section that are read at the most; blocks have 2 MiB at the most."""

_AGAIN = "export it again"
_LINK = b"\xd8\x2a"
"""The CBOR tag of a CID, 42."""


def write(root: CID, blocks: Iterable[tuple[CID, bytes]]) -> Iterator[bytes]:
    """The pieces of a CAR file with one root."""
    # DAG-CBOR: a map of two, {"roots": [CID], "version": 1}; a CID's bytes begin with the 0 of binary multibase.
    header = b"\xa2\x65roots\x81" + _LINK + b"\x58\x25\x00" + root.binary + b"\x67version\x01"
    yield varint.encode(len(header)) + header
    for cid, data in blocks:
        yield varint.encode(len(cid.binary) + len(data)) + cid.binary + data


class Reader:
    """A CAR file that is read once; `roots` is there at once. CarError says what is wrong and where."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0
        try:
            header = self._section()
            if header is None:
                raise ValueError("it is empty")
            self.roots = _roots(header)
        except ValueError as error:
            raise CarError(f"this is not a CAR file: {error}", then=f"{_AGAIN}, as CAR version 1") from None

    def blocks(self) -> Iterator[tuple[CID, bytes]]:
        """The blocks, in the order of the file; nobody has held them against their CIDs yet."""
        while True:
            at = self._at
            try:
                section = self._section()
                if section is None:
                    return
                cid, end = cids.read(section)
            except ValueError as error:
                raise CarError(f"the CAR file has no block at byte {at}: {error}", then=_AGAIN) from None
            yield cid, section[end:]

    def _section(self) -> bytes | None:
        """The next length and what it announces; None at the end of the file."""
        head = bytearray()
        while not head or head[-1] & 0x80:
            byte = self._read(1)
            if not byte and not head:
                return None
            if not byte or len(head) == varint.MOST_BYTES:
                raise ValueError("it is cut short" if not byte else "a length is too long")
            head += byte
        length, _ = varint.decode(bytes(head))
        if length > MOST:
            raise ValueError(f"a section is said to have {length} bytes, more than {MOST}")
        found = self._read(length)
        if len(found) < length:
            raise ValueError("it is cut short")
        return found

    def _read(self, size: int) -> bytes:
        parts, left = [], size
        while left and (part := self._source.read(left)):
            parts.append(part)
            left -= len(part)
        self._at += size - left
        return parts[0] if len(parts) == 1 else b"".join(parts)


def _roots(header: bytes) -> tuple[CID, ...]:
    found, end = _cbor(header, 0)
    if end != len(header) or not isinstance(found, dict) or "version" not in found:
        raise ValueError("its header is another")
    if found["version"] != 1:
        raise ValueError(f"its version is {found['version']!r}")
    roots = found.get("roots")
    cids_of = tuple(one for one in roots if isinstance(one, CID)) if isinstance(roots, list) else ()
    if not cids_of:
        raise ValueError("its header names no roots")
    return cids_of


Cbor = int | str | bytes | CID | list["Cbor"] | dict[str, "Cbor"]
_DEEP = 8


def _cbor(data: bytes, at: int, *, depth: int = 0) -> tuple[Cbor, int]:
    """The part of DAG-CBOR that headers are made of: whole numbers, texts, bytes, lists, maps and CIDs."""
    if at >= len(data) or depth > _DEEP:
        raise ValueError("its header is cut short" if at >= len(data) else "its header is another")
    kind, (count, at) = data[at] >> 5, _count(data, at)
    if kind == 0:
        return count, at
    if kind in (2, 3):
        if at + count > len(data):
            raise ValueError("its header is cut short")
        part = data[at : at + count]
        return (part if kind == 2 else part.decode("utf-8")), at + count
    if kind == 4:
        found: list[Cbor] = []
        for _ in range(count):
            one, at = _cbor(data, at, depth=depth + 1)
            found.append(one)
        return found, at
    if kind == 5:
        pairs: dict[str, Cbor] = {}
        for _ in range(count):
            name, at = _cbor(data, at, depth=depth + 1)
            value, at = _cbor(data, at, depth=depth + 1)
            pairs[str(name)] = value
        return pairs, at
    if kind == 6 and count == 42:
        inner, at = _cbor(data, at, depth=depth + 1)
        if not isinstance(inner, bytes) or inner[:1] != b"\0":
            raise ValueError("a root is not a CID")
        cid, end = cids.read(inner, 1)
        if end != len(inner):
            raise ValueError("a root is not a CID")
        return cid, at
    raise ValueError("its header is another")


def _count(data: bytes, at: int) -> tuple[int, int]:
    """The number in the head of a CBOR item, and where the head ends."""
    low = data[at] & 0x1F
    if low < 24:
        return low, at + 1
    width = {24: 1, 25: 2, 26: 4, 27: 8}.get(low)
    if width is None or at + 1 + width > len(data):
        raise ValueError("its header is another")
    return int.from_bytes(data[at + 1 : at + 1 + width], "big"), at + 1 + width
