"""What a server publishes once for its table: the public matrix's name, and the hint, the table times that matrix.

A client needs both to read any answer. The matrix is never sent: it is AES-128 in counter mode under the first half of
the table's content hash, 4 bytes a column, and each block of 2048 columns is a ring element in Z[X]/(X^2048 + 1).
"""

import hashlib
import struct
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from backends.he.aggregation.ring import Spectrum, spectrum
from backends.he.lookup.layout import DEGREE, Layout
from privacy.plugin import LookupTask, WireError

Integers = npt.NDArray[np.int64]
HintRows = npt.NDArray[np.int16]

_MAGIC, _VERSION = b"VBLH", 1
_HEAD = struct.Struct("<4sHHQQ32s32s")  # magic, version, records a column, records, bytes of a row, table, check
_LABEL = b"veilbench/he/lookup/2"  # of the layout and of the digests: what was kept under another is of no use


def name_of(layout: Layout, records: npt.NDArray[np.uint8]) -> bytes:
    """The content hash of a table in its layout, 32 bytes: it names the table in every wire."""
    found = hashlib.sha256(_LABEL + struct.pack("<QQQ", layout.items, layout.row_bytes, layout.per_column))
    found.update(np.ascontiguousarray(records).data)
    return found.digest()


def public_matrix(name: bytes, blocks: int) -> Integers:
    """The ring elements of the public matrix of a table, int64 (blocks, n), from -2^31 up to 2^31."""
    stream = Cipher(algorithms.AES128(name[:16]), modes.CTR(bytes(16))).encryptor()
    words = np.frombuffer(stream.update(bytes(4 * DEGREE * blocks)), dtype="<i4")
    return words.reshape(blocks, DEGREE).astype(np.int64)


@dataclass(frozen=True, eq=False)
class Hint:
    """A table's name and hint, int16 (rows, n): the upper halves of table times matrix, modulo 2^32."""

    layout: Layout
    name: bytes
    rows: HintRows

    def to_bytes(self) -> bytes:
        """The form that goes to every client; public."""
        body = np.ascontiguousarray(self.rows, dtype="<i2").tobytes()
        layout = self.layout
        shape = (layout.per_column, layout.items, layout.row_bytes)
        return _HEAD.pack(_MAGIC, _VERSION, *shape, self.name, _check(self.name, body)) + body

    @classmethod
    def from_bytes(cls, body: bytes, task: LookupTask) -> Self:
        """Read and check what a server published for `task`; WireError for anything else."""
        layout = Layout.of(task)
        expected = _HEAD.size + layout.hint_bytes
        if len(body) != expected:
            raise WireError(f"a hint has {len(body)} bytes, and {expected} belong to a table of this shape")
        magic, version, *shape, name, check = _HEAD.unpack_from(body)
        if (magic, version) != (_MAGIC, _VERSION):
            raise WireError("a hint does not begin with this version's header")
        if tuple(shape) != (layout.per_column, layout.items, layout.row_bytes):
            raise WireError("a hint belongs to a table of another shape")
        if check != _check(name, body[_HEAD.size :]):
            raise WireError("a hint contradicts its own check: it is damaged, or that of another table")
        rows = np.frombuffer(body, dtype="<i2", offset=_HEAD.size).reshape(layout.rows, DEGREE)
        return cls(layout, name, rows)

    @cached_property
    def matrix(self) -> Spectrum:
        """The public matrix's transform, complex (blocks, n/2)."""
        return spectrum(public_matrix(self.name, self.layout.blocks))


def _check(name: bytes, body: bytes) -> bytes:
    return hashlib.sha256(name + body).digest()
