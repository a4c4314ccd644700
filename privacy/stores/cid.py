"""CIDs: the name of a block, made of what its bytes are and their SHA-256 (CID version 1, base32).

Source: the multiformats specifications of CID, multihash, multicodec and multibase.
"""

import base64
import hashlib
from dataclasses import dataclass

from privacy.errors import ParamError
from privacy.stores import varint

RAW, DAG_PB = 0x55, 0x70
"""Multicodecs: bytes as they are, and a node of a tree (protobuf)."""

NAMES = {RAW: "raw", DAG_PB: "dag-pb"}
SHA2_256, DIGEST = 0x12, 32
_SHOWN = 80


@dataclass(frozen=True, order=True)
class CID:
    """The codec of a block, and the 32 bytes of its SHA-256."""

    codec: int
    digest: bytes

    @classmethod
    def of(cls, data: bytes, *, codec: int = RAW) -> "CID":
        """The CID of a block."""
        return cls(codec, hashlib.sha256(data).digest())

    @classmethod
    def parse(cls, text: str) -> "CID":
        """The CID that a text is, in its one form: base32, lower case, beginning with b. ParamError otherwise."""
        shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
        if len(text) == 46 and text.startswith("Qm"):
            raise ParamError(f"{shown} is a CID of version 0", then=f"ask for its version 1: ipfs cid base32 {shown}")
        try:
            if not text.startswith("b"):
                raise ValueError("it does not begin with b")
            data = base64.b32decode(text[1:].upper() + "=" * (-(len(text) - 1) % 8))
            found, end = read(data)
            if end != len(data) or found.text != text or data[0] == SHA2_256:
                raise ValueError("it has another form")
        except ValueError as error:
            text = f"{shown!r} is not a CID that is used here: {error}"
            raise ParamError(text, then="give one of raw or dag-pb blocks under SHA-256, such as bafkrei...") from None
        return found

    @property
    def text(self) -> str:
        return "b" + base64.b32encode(self.binary).decode().lower().rstrip("=")

    @property
    def binary(self) -> bytes:
        """The binary form: version 1, codec, multihash."""
        return b"\x01" + varint.encode(self.codec) + bytes((SHA2_256, DIGEST)) + self.digest

    @property
    def is_tree(self) -> bool:
        """Whether the block may have links."""
        return self.codec != RAW

    def names(self, data: bytes) -> bool:
        """Whether these are the bytes that the CID names."""
        return hashlib.sha256(data).digest() == self.digest

    def __str__(self) -> str:
        return self.text


def read(data: bytes, at: int = 0) -> tuple[CID, int]:
    """The binary CID that starts at `at`, and where it ends. ValueError for one that is not used here.

    Trees of older files name their blocks by CIDs of version 0, a bare multihash: such a one is a dag-pb of version 1.
    """
    if data[at : at + 2] == bytes((SHA2_256, DIGEST)):
        codec, at = DAG_PB, at
    else:
        version, at = varint.decode(data, at)
        if version != 1:
            raise ValueError(f"its version is {version}")
        codec, at = varint.decode(data, at)
        if codec not in NAMES:
            raise ValueError(f"its codec is {codec:#x}, neither raw nor dag-pb")
    kind, at = varint.decode(data, at)
    length, at = varint.decode(data, at)
    if (kind, length) != (SHA2_256, DIGEST):
        raise ValueError(f"its hash is {kind:#x} of {length} bytes, not SHA-256")
    if at + DIGEST > len(data):
        raise ValueError("it is cut short")
    return CID(codec, bytes(data[at : at + DIGEST])), at + DIGEST
