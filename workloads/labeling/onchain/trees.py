"""Merkle trees as OpenZeppelin's `MerkleProof` checks them and its library `merkle-tree` lays them out.

A leaf is hashed twice, so that no inner node passes as one; each pair is sorted, so that a proof needs no sides.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.onchain.keccak import Bytes, keccak_rows

_WORD = 32


class Tree:
    """The tree over some leaves, in whatever order they are given: leaves of the same values give the same root.

    `leaves` are hashes of 32 bytes, as `leaf` or `leaves` make them. DataError without a leaf, or for one of another
    length.
    """

    def __init__(self, leaves: Sequence[bytes]) -> None:
        if not leaves:
            raise DataError("a tree has at least one leaf", then="give it one")
        if any(len(one) != _WORD for one in leaves):
            raise DataError("a leaf is a hash of 32 bytes", then="make it by `leaf`")
        count = len(leaves)
        rows = np.frombuffer(b"".join(leaves), dtype=np.uint8).reshape(count, _WORD)
        order = np.argsort(_whole(rows), kind="stable")
        # The library keeps sorted leaves at the end of its array, the first of them last.
        self._place = np.empty(count, dtype=np.int64)
        self._place[order] = 2 * count - 2 - np.arange(count)
        self._nodes = np.empty((2 * count - 1, _WORD), dtype=np.uint8)
        self._nodes[self._place] = rows
        depth = count.bit_length()
        for level in range(depth, -1, -1):
            first, last = 2**level - 1, min(2 ** (level + 1) - 1, count - 1)
            if first < last:
                at = np.arange(first, last)
                self._nodes[at] = _joined(self._nodes[2 * at + 1], self._nodes[2 * at + 2])

    def __len__(self) -> int:
        return len(self._place)

    @property
    def root(self) -> bytes:
        """The root, 32 bytes."""
        return bytes(self._nodes[0])

    def proof(self, index: int) -> list[bytes]:
        """What leads from the leaf that was given at `index` to the root, nearest first. IndexError past the end."""
        if not 0 <= index < len(self._place):
            raise IndexError(index)
        at = int(self._place[index])
        found = []
        while at:
            found.append(self._nodes[at + 1 if at % 2 else at - 1].tobytes())
            at = (at - 1) // 2
        return found


def leaf(types: Sequence[str], values: Sequence[Any]) -> bytes:
    """The leaf of some values of these Solidity types: Keccak-256, twice, of their encoding."""
    return leaves(types, [values])[0]


def leaves(types: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[bytes]:
    """The leaf of each row of values; those of fixed size are hashed many at once."""
    if all(map(_fixed, types)):
        body = b"".join(_word(kind, value) for row in rows for kind, value in zip(types, row, strict=True))
        found = np.frombuffer(body, dtype=np.uint8).reshape(len(rows), len(types) * _WORD)
        return [one.tobytes() for one in keccak_rows(keccak_rows(found))]
    from eth_abi.abi import encode
    from eth_utils.crypto import keccak

    return [bytes(keccak(keccak(encode(list(types), list(row))))) for row in rows]


def verify(root: bytes, leaf: bytes, proof: Sequence[bytes]) -> bool:
    """Whether a proof leads from a leaf to a root."""
    from eth_utils.crypto import keccak

    for other in proof:
        leaf = bytes(keccak(min(leaf, other) + max(leaf, other)))
    return leaf == root


def _whole(rows: Bytes) -> Any:
    """Rows of 32 bytes as values that compare as Solidity compares them."""
    return np.ascontiguousarray(rows).view(f"S{_WORD}").reshape(-1)


def _joined(left: Bytes, right: Bytes) -> Bytes:
    """The parent of each pair."""
    swapped = (_whole(right) < _whole(left))[:, None]
    return keccak_rows(np.hstack([np.where(swapped, right, left), np.where(swapped, left, right)]))


def _fixed(kind: str) -> bool:
    return kind in ("bytes32", "address") or (kind.startswith("uint") and "[" not in kind)


def _word(kind: str, value: Any) -> bytes:
    """A value as one word, as eth_abi encodes it; DataError where it is none of its type."""
    if kind == "bytes32" and isinstance(value, bytes) and len(value) == _WORD:
        return value
    if kind == "address" and isinstance(value, str) and len(value) == 42 and value.startswith("0x"):
        return bytes.fromhex(value[2:]).rjust(_WORD, b"\0")
    if kind.startswith("uint") and isinstance(value, int) and 0 <= value < 2 ** int(kind[4:] or 256):
        return int(value).to_bytes(_WORD, "big")
    raise DataError(f"a value of a leaf is no {kind}", then="give bytes, an address or a whole number, as it says")
