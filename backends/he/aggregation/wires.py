"""The wires of a sum, in this project's own fixed layout; every length follows from the plan.

    public key:            header, two polynomials
    contribution and sum:  header, then chunks of `CHUNK` blocks (the last has what is left), two polynomials each

A residue takes as many bits as the modulus has. A public-key encryption has no half that a seed could stand for, as
both depend on fresh secrets. Readers check the exact size, the whole header and every residue; nothing here goes on to
SEAL.
"""

import struct
from collections.abc import Iterator

from backends.he.aggregation.packing import pack_bits, unpack_bits
from backends.he.aggregation.plan import BFV, SumPlan
from backends.he.seal_format import MalformedCiphertext, Residues

CHUNK = 64

_HEADER = struct.Struct("<4sBBBBIIIQ")  # magic, version, scheme, preset, digits, length, blocks, reserved, delta
_VERSION = 1
_KEY, _CONTRIBUTION, _SUM = b"VBSK", b"VBSC", b"VBSS"
KINDS = {"contribution": _CONTRIBUTION, "sum": _SUM}


def key_size(plan: SumPlan) -> int:
    """Bytes of a public key."""
    return _HEADER.size + plan.preset.block_bytes


def body_size(plan: SumPlan) -> int:
    """Bytes of a contribution, and of a sum."""
    return _HEADER.size + plan.body_bytes


def encode_key(plan: SumPlan, residues: Residues) -> bytes:
    """The wire of a public key, residues (2, n)."""
    return _header(plan, _KEY) + pack_bits(residues, bits=plan.preset.bits)


def decode_key(plan: SumPlan, body: bytes) -> Residues:
    """Residues (2, n) of a public key; MalformedCiphertext on any deviation."""
    _check(body, key_size(plan), _header(plan, _KEY), "a public key")
    rest = memoryview(body)[_HEADER.size :]
    return unpack_bits(rest, bits=plan.preset.bits, modulus=plan.preset.modulus).reshape(2, -1)


def chunks(plan: SumPlan) -> Iterator[tuple[int, int]]:
    """First block and number of blocks of each chunk."""
    for start in range(0, plan.blocks, CHUNK):
        yield start, min(CHUNK, plan.blocks - start)


def encode_blocks(plan: SumPlan, kind: str, parts: Iterator[Residues]) -> bytes:
    """The wire of a contribution or a sum from its chunks, each (blocks, 2, n) or flat."""
    body = bytearray(_header(plan, KINDS[kind]))
    for part in parts:
        body += pack_bits(part, bits=plan.preset.bits)
    return bytes(body)


def check_blocks(plan: SumPlan, kind: str, body: bytes) -> None:
    """Refuse a body of another size or header, before any of it is unpacked; MalformedCiphertext."""
    _check(body, body_size(plan), _header(plan, KINDS[kind]), f"a {kind}")


def decode_blocks(plan: SumPlan, body: bytes) -> Iterator[Residues]:
    """The chunks of a checked body in order, flat; MalformedCiphertext when a residue is too large."""
    view, size = memoryview(body)[_HEADER.size :], plan.preset.block_bytes
    for start, blocks in chunks(plan):
        part = view[start * size : (start + blocks) * size]
        yield unpack_bits(part, bits=plan.preset.bits, modulus=plan.preset.modulus)


def _header(plan: SumPlan, magic: bytes) -> bytes:
    scheme = 1 if plan.scheme == BFV else 2
    return _HEADER.pack(
        magic, _VERSION, scheme, plan.preset.number, plan.digits, plan.length, plan.blocks, 0, plan.delta
    )


def _check(body: bytes, size: int, header: bytes, what: str) -> None:
    if len(body) != size:
        raise MalformedCiphertext(f"{what} has {len(body)} bytes; {size} expected")
    if body[: _HEADER.size] != header:
        raise MalformedCiphertext(f"the header of {what} does not match this aggregation")
