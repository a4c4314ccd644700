"""The two wires of a scoring round, in this project's own fixed layout.

Every length follows from public numbers (preset, dimensions, blocks), so that none depends on a vector. Each
wire is a 20-byte header and then residues of 7 bytes:

    query:   d coordinates, each a 64-byte seed and n residues
    answer:  blocks, each two polynomials of n residues

Readers check the exact size, the whole header and every residue before anything is rebuilt for SEAL.
"""

import struct

import numpy as np

from backends.he.scoring.presets import Context, wire_id
from backends.he.seal_format import (
    RESIDUE_BYTES,
    SEED_BYTES,
    MalformedCiphertext,
    Polynomials,
    Residues,
    pack_residues,
    unpack_residues,
)

_HEADER = struct.Struct("<4sBBHIII")  # magic, version, preset, reserved, degree, dims, blocks
_VERSION = 1
_QUERY, _ANSWER = b"VBHQ", b"VBHA"


def query_size(context: Context, *, dims: int) -> int:
    """Bytes of a query for this many dimensions."""
    return _HEADER.size + dims * (SEED_BYTES + RESIDUE_BYTES * context.degree)


def answer_size(context: Context, *, blocks: int) -> int:
    """Bytes of an answer of this many blocks."""
    return _HEADER.size + blocks * 2 * RESIDUE_BYTES * context.degree


def encode_query(context: Context, coordinates: list[Polynomials]) -> bytes:
    """The wire of d seeded ciphertexts, in coordinate order."""
    parts = [_header(context, _QUERY, dims=len(coordinates), blocks=0)]
    for coordinate in coordinates:
        if coordinate.seed is None:
            raise ValueError("a query carries seeded ciphertexts only; encrypt under the secret key.")
        parts += [coordinate.seed, pack_residues(coordinate.residues)]
    return b"".join(parts)


def decode_query(context: Context, body: bytes, *, dims: int) -> tuple[list[bytes], Residues]:
    """Seeds and residues (d, 1, n) of a query; MalformedCiphertext on any deviation."""
    if len(body) != query_size(context, dims=dims):
        raise MalformedCiphertext(
            f"a query has {len(body)} bytes; {query_size(context, dims=dims)} expected for {dims} dimensions."
        )
    _check_header(body, _header(context, _QUERY, dims=dims, blocks=0), "a query")
    octets = np.frombuffer(body, dtype=np.uint8, offset=_HEADER.size).reshape(dims, -1)
    residues = unpack_residues(octets[:, SEED_BYTES:], modulus=context.modulus)
    return [row[:SEED_BYTES].tobytes() for row in octets], residues.reshape(dims, 1, context.degree)


def encode_answer(context: Context, ciphertexts: list[Residues], *, dims: int) -> bytes:
    """The wire of one ciphertext (2, n) for each block."""
    header = _header(context, _ANSWER, dims=dims, blocks=len(ciphertexts))
    return b"".join([header, *(pack_residues(residues) for residues in ciphertexts)])


def decode_answer(context: Context, body: bytes, *, dims: int, blocks: int) -> Residues:
    """Residues (blocks, 2, n) of an answer; MalformedCiphertext on any deviation."""
    if len(body) != answer_size(context, blocks=blocks):
        raise MalformedCiphertext(
            f"an answer has {len(body)} bytes; {answer_size(context, blocks=blocks)} expected."
        )
    _check_header(body, _header(context, _ANSWER, dims=dims, blocks=blocks), "an answer")
    octets = np.frombuffer(body, dtype=np.uint8, offset=_HEADER.size).reshape(blocks, 2, -1)
    return unpack_residues(octets, modulus=context.modulus)


def _header(context: Context, magic: bytes, *, dims: int, blocks: int) -> bytes:
    return _HEADER.pack(magic, _VERSION, wire_id(context.preset), 0, context.degree, dims, blocks)


def _check_header(body: bytes, expected: bytes, what: str) -> None:
    if body[: _HEADER.size] != expected:
        raise MalformedCiphertext(
            f"the header of {what} does not match this preset and shape; "
            "both sides must hold the same published scales."
        )
