"""Commitments to what contributors sent in a round, and the one root that stands for all of them.

    leaf = SHA-256(0x00 | salt, 32 bytes from the OS | what one contributor sent)

The root is the Merkle tree hash of RFC 6962 over the leaves in the order of their bytes, so that a leaf's place names
nobody. Who sent a contribution can show with its salt and its path that it is in; nobody else can tell from a root
what, or whose, is in it.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

SALT = 32


@dataclass(frozen=True)
class Opening:
    """What opens one commitment: the salt, and what was sent."""

    salt: bytes = field(repr=False)
    content: bytes = field(repr=False)

    @property
    def leaf(self) -> bytes:
        return hashlib.sha256(b"\0" + self.salt + self.content).digest()


def opening(content: bytes) -> Opening:
    """Commit to what was sent, under a fresh salt."""
    return Opening(secrets.token_bytes(SALT), content)


def ordered(openings: Sequence[Opening]) -> list[bytes]:
    """The leaves in the order in which they are in the tree."""
    return sorted(one.leaf for one in openings)


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree hash of leaves, 32 bytes; of none it is that of nothing."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    middle = _split(len(leaves))
    return _node(root(leaves[:middle]), root(leaves[middle:]))


def path(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes beside the way from a leaf to the root, from below."""
    if len(leaves) == 1:
        return []
    middle = _split(len(leaves))
    if place < middle:
        return [*path(leaves[:middle], place), root(leaves[middle:])]
    return [*path(leaves[middle:], place - middle), root(leaves[:middle])]


def leads(leaf: bytes, beside: Sequence[bytes], *, place: int, count: int, to: bytes) -> bool:
    """Whether a leaf at a place of `count` leads by these hashes to a root."""
    return 0 <= place < count and _climbed(leaf, list(beside), place, count) == to


def _climbed(leaf: bytes, beside: list[bytes], place: int, count: int) -> bytes | None:
    if count == 1:
        return leaf if not beside else None
    if not beside:
        return None
    middle, last = _split(count), beside[-1]
    if place < middle:
        below = _climbed(leaf, beside[:-1], place, middle)
        return None if below is None else _node(below, last)
    below = _climbed(leaf, beside[:-1], place - middle, count - middle)
    return None if below is None else _node(last, below)


def _split(count: int) -> int:
    """The largest power of two below a count."""
    return 1 << ((count - 1).bit_length() - 1)


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()
