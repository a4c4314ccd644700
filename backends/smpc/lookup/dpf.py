"""Distributed point functions: two short keys, each of which expands to bits that look random, and whose exclusive or
is 1 at one index alone.

Boyle, Gilboa and Ishai, "Function Secret Sharing: Improvements and Extensions" (2016), section 3.2, with a last level
of 128 bits at once. The generator is AES-128 in the mode of Matyas, Meyer and Oseas under three fixed public keys, on
the assumption that AES is as good as a random permutation.

A key is the root seed (16 bytes), a correction of 17 bytes for each level, and a last one of 16. Its length follows
from the number of items alone, and any bytes of that length are a key of some function: none is malformed.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from privacy.plugin import WireError

Octets = npt.NDArray[np.uint8]

SEED_BYTES = 16
LEAF_BITS = 7
"""The tree ends where 128 bits are left: one block of the generator."""

_LEFT, _RIGHT, _LEAF = range(3)
_PARTIES = 2


def levels(items: int) -> int:
    """How deep the tree of so many items is."""
    return max(0, (items - 1).bit_length() - LEAF_BITS)


def key_bytes(items: int) -> int:
    """The length of every key for so many items."""
    return SEED_BYTES + (SEED_BYTES + 1) * levels(items) + SEED_BYTES


def keys_for(indices: npt.NDArray[np.int64], seeds: Octets, items: int) -> tuple[bytes, bytes]:
    """The keys of all indices (k,), one after another, for the first party and for the second.

    `seeds`, uint8 (k, 2, 16), must be random and serve once: two points under the same seeds show where they differ.
    """
    pairs = [_pair(int(index), roots, levels(items)) for index, roots in zip(indices, seeds, strict=True)]
    return b"".join(first for first, _ in pairs), b"".join(second for _, second in pairs)


def roots_of(body: bytes, *, count: int) -> list[bytes]:
    """The root seed of each of `count` keys that stand one after another: the part that one party alone has."""
    size = len(body) // count
    return [body[start : start + SEED_BYTES] for start in range(0, count * size, size)]


def _pair(index: int, roots: Octets, depth: int) -> tuple[bytes, bytes]:
    """Two keys for one index. The two parties' seeds differ on the way to it, and are equal off the way."""
    seeds = _without_bit(roots)
    bits = np.array([0, 1], dtype=np.uint8)
    shared = b""
    for level in range(depth):
        turn = index >> (depth + LEAF_BITS - 1 - level) & 1
        children, marks = _children(seeds)
        correction = children[0, 1 - turn] ^ children[1, 1 - turn]
        marked = marks[0] ^ marks[1] ^ np.array([1 - turn, turn], dtype=np.uint8)
        shared += correction.tobytes() + bytes([marked[0] | marked[1] << 1])
        seeds = children[:, turn] ^ bits[:, None] * correction
        bits = marks[:, turn] ^ bits * marked[turn]
    point = np.zeros(1 << LEAF_BITS, dtype=np.uint8)
    point[index % (1 << LEAF_BITS)] = 1
    last = np.packbits(point, bitorder="little") ^ np.bitwise_xor.reduce(_blocks(seeds, _LEAF))
    first, second = (roots[party].tobytes() + shared + last.tobytes() for party in range(_PARTIES))
    return first, second


def expand(body: bytes, *, party: int, items: int, count: int) -> Octets:
    """The bits of `count` keys for `party`, 0 or 1: uint8 (count, items), each 0 or 1.

    WireError for a body of another length than that of so many keys.
    """
    for seeds, bits in walk(body, party=party, items=items, count=count):  # noqa: B007
        pass
    last = np.frombuffer(body, dtype=np.uint8).reshape(count, -1)[:, None, -SEED_BYTES:]
    leaves = _blocks(seeds, _LEAF) ^ bits[..., None] * last
    return np.unpackbits(leaves.reshape(count, -1), axis=1, count=items, bitorder="little")


def walk(body: bytes, *, party: int, items: int, count: int) -> Iterator[tuple[Octets, Octets]]:
    """What `count` keys give `party` level by level, from the roots on: seeds (count, nodes, 16) and control bits.

    WireError for a body of another length than that of so many keys.
    """
    size = key_bytes(items)
    if len(body) != count * size:
        raise WireError(f"the keys have {len(body)} bytes; {count * size} expected for {count} records of {items}")
    keys = np.frombuffer(body, dtype=np.uint8).reshape(count, size)
    seeds = _without_bit(keys[:, None, :SEED_BYTES])
    bits = np.full((count, 1), party, dtype=np.uint8)
    yield seeds, bits
    for level in range(levels(items)):
        start = SEED_BYTES + (SEED_BYTES + 1) * level
        correction = _without_bit(keys[:, start : start + SEED_BYTES])
        marks = keys[:, start + SEED_BYTES, None] >> np.arange(2, dtype=np.uint8) & 1
        children, marked = _children(seeds)
        children ^= bits[..., None, None] * correction[:, None, None, :]
        marked ^= bits[..., None] * marks[:, None, :]
        seeds, bits = children.reshape(count, -1, SEED_BYTES), marked.reshape(count, -1)
        yield seeds, bits


def _children(seeds: Octets) -> tuple[Octets, Octets]:
    """Both children of seeds (..., 16): seeds (..., 2, 16), and their control bits (..., 2)."""
    both = np.stack([_blocks(seeds, _LEFT), _blocks(seeds, _RIGHT)], axis=-2)
    return _without_bit(both), both[..., 0] & np.uint8(1)


def _without_bit(seeds: Octets) -> Octets:
    """Seeds with the bit cleared that is the control bit of a child."""
    cleared = seeds.copy()
    cleared[..., 0] &= 254
    return cleared


def _blocks(seeds: Octets, which: int) -> Octets:
    """The generator's block of each seed (..., 16): its encryption under a fixed key, exclusive or itself."""
    cipher = Cipher(algorithms.AES128(bytes([which + 1]) * SEED_BYTES), modes.ECB())
    raw = np.ascontiguousarray(seeds)
    blocks = np.frombuffer(cipher.encryptor().update(raw.tobytes()), dtype=np.uint8)
    return blocks.reshape(raw.shape) ^ raw


def joined(parts: Sequence[Octets]) -> Octets:
    """What the parties' shares of the same bytes say together: their exclusive or."""
    return np.asarray(np.bitwise_xor.reduce(list(parts)), dtype=np.uint8)
