"""The two wires of a scoring round, in this project's own fixed layout.

Every length follows from public numbers (preset, dimensions, blocks), so that none depends on a vector. Each wire is a
20-byte header, then for a query a 16-byte seed, and then residues of 4 bytes:

    query:   d coordinates, each one polynomial: n residues for each prime; the other polynomial follows from the seed
    answer:  blocks, each two polynomials

Polynomials are in SEAL's transform. The seed is the key of AES-128 in counter mode, a stream for each prime: words of
32 bits, cut to the bits of the prime, without those that are not below it. Every browser has that cipher. What comes of
it is public, as the seed is.

Readers check the exact size, the whole header and every residue.
"""

import struct

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from backends.he.scoring.presets import Preset, wire_id
from backends.he.seal_format import MalformedCiphertext, Residues

Words = npt.NDArray[np.uint32]

SEED_BYTES = 16
RESIDUE_BYTES = 4

_HEADER = struct.Struct("<4sBBHIII")  # magic, version, preset, reserved, degree, dims, blocks
_VERSION = 2
_QUERY, _ANSWER = b"VBHQ", b"VBHA"


def query_size(preset: Preset, *, dims: int) -> int:
    """Bytes of a query for this many dimensions."""
    return _HEADER.size + SEED_BYTES + dims * RESIDUE_BYTES * preset.width


def answer_size(preset: Preset, *, blocks: int) -> int:
    """Bytes of an answer of this many blocks."""
    return _HEADER.size + blocks * 2 * RESIDUE_BYTES * preset.width


def drawn_from(seed: bytes, preset: Preset, *, dims: int) -> Words:
    """The uniform residues (d, L n) that a seed stands for."""
    count = dims * preset.degree
    return np.concatenate(
        [_uniform(seed, place, q, count).reshape(dims, -1) for place, q in enumerate(preset.primes)], axis=1
    )


def _uniform(seed: bytes, place: int, prime: int, count: int) -> Words:
    mask = (1 << prime.bit_length()) - 1
    # Of a prime just below a power of two next to nothing is lost; a hundredth more than is needed never runs short.
    words = count * (mask + 1) // prime * 101 // 100 + 1024
    stream = Cipher(algorithms.AES128(seed), modes.CTR(bytes([place, *bytes(15)]))).encryptor().update(bytes(4 * words))
    found = np.frombuffer(stream, dtype="<u4") & np.uint32(mask)
    return found[found < prime][:count]


def encode_query(preset: Preset, seed: bytes, residues: Residues) -> bytes:
    """The wire of d ciphertexts: their seed, and residues (d, L n) in coordinate order."""
    header = _header(preset, _QUERY, dims=len(residues), blocks=0)
    return header + seed + residues.astype("<u4").tobytes()


def decode_query(preset: Preset, body: bytes, *, dims: int) -> Words:
    """Residues (d, 2, L n) of a query, both polynomials of each ciphertext; MalformedCiphertext on any deviation."""
    if len(body) != query_size(preset, dims=dims):
        raise MalformedCiphertext(
            f"a query has {len(body)} bytes; {query_size(preset, dims=dims)} expected for {dims} dimensions."
        )
    _check_header(body, _header(preset, _QUERY, dims=dims, blocks=0), "a query")
    start = _HEADER.size + SEED_BYTES
    first = _words(body, start, preset).reshape(dims, -1)
    return np.stack([first, drawn_from(body[_HEADER.size : start], preset, dims=dims)], axis=1)


def encode_answer(preset: Preset, *parts: Residues | Words, dims: int) -> bytes:
    """The wire of one ciphertext for each block: residues (blocks, 2, L n), in one array or in several."""
    header = _header(preset, _ANSWER, dims=dims, blocks=sum(map(len, parts)))
    # Words are copied once: an answer may be large.
    return b"".join((header, *(np.ascontiguousarray(part, dtype="<u4").data for part in parts)))


def decode_answer(preset: Preset, body: bytes, *, dims: int, blocks: int) -> Residues:
    """Residues (blocks, 2, L n) of an answer; MalformedCiphertext on any deviation."""
    if len(body) != answer_size(preset, blocks=blocks):
        raise MalformedCiphertext(
            f"an answer has {len(body)} bytes; {answer_size(preset, blocks=blocks)} expected."
        )
    _check_header(body, _header(preset, _ANSWER, dims=dims, blocks=blocks), "an answer")
    return _words(body, _HEADER.size, preset).reshape(blocks, 2, -1).astype(np.uint64)


def _words(body: bytes, start: int, preset: Preset) -> Words:
    """The residues that follow the head of a wire; MalformedCiphertext when one is not below its prime."""
    found = np.frombuffer(body, dtype="<u4", offset=start)
    by_prime = found.reshape(-1, len(preset.primes), preset.degree)
    if any(int(by_prime[:, place].max()) >= prime for place, prime in enumerate(preset.primes)):
        raise MalformedCiphertext("a residue is not below the modulus; the sender must encrypt afresh.")
    return found


def _header(preset: Preset, magic: bytes, *, dims: int, blocks: int) -> bytes:
    return _HEADER.pack(magic, _VERSION, wire_id(preset), 0, preset.degree, dims, blocks)


def _check_header(body: bytes, expected: bytes, what: str) -> None:
    if body[: _HEADER.size] != expected:
        raise MalformedCiphertext(
            f"the header of {what} does not match this preset and shape; "
            "both sides must hold the same published scales."
        )
