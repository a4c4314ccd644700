"""Merkle trees as OpenZeppelin's standard tree has them, written for tests alone: slow and short."""

from collections.abc import Sequence
from typing import Any

from eth_abi.abi import encode
from eth_utils.crypto import keccak


def leaf(types: Sequence[str], *values: Any) -> bytes:
    return bytes(keccak(keccak(encode(types, values))))


def pair(one: bytes, other: bytes) -> bytes:
    return bytes(keccak(min(one, other) + max(one, other)))


class Tree:
    """A tree over leaves, which it sorts: `root`, and the proof of each."""

    def __init__(self, leaves: Sequence[bytes]) -> None:
        self.leaves = sorted(leaves)
        last = 2 * len(leaves) - 2
        self.nodes = [b""] * (last + 1)
        for at, one in enumerate(self.leaves):
            self.nodes[last - at] = one
        for at in range(len(leaves) - 2, -1, -1):
            self.nodes[at] = pair(self.nodes[2 * at + 1], self.nodes[2 * at + 2])
        self.root = self.nodes[0]

    def proof(self, one: bytes) -> list[bytes]:
        at, found = len(self.nodes) - 1 - self.leaves.index(one), []
        while at:
            found.append(self.nodes[at + 1 if at % 2 else at - 1])
            at = (at - 1) // 2
        return found


def earned(account: str, cumulative: int) -> bytes:
    return leaf(["address", "uint256"], account, cumulative)


def share(account: str, shares: int) -> bytes:
    return leaf(["address", "uint64"], account, shares)


def in_batch(image: bytes, owner: str, consent: bytes) -> bytes:
    return leaf(["bytes32", "address", "bytes32"], image, owner, consent)


def in_set(image: bytes, owner: str) -> bytes:
    return leaf(["bytes32", "address"], image, owner)


def salt(secret: bytes, place: int) -> bytes:
    return bytes(keccak(encode(["bytes32", "uint32"], [secret, place])))


def label(round_: bytes, labeler: str, place: int, value: bytes, secret: bytes) -> bytes:
    types = ["bytes32", "address", "uint32", "bytes32", "bytes32"]
    return leaf(types, round_, labeler, place, value, salt(secret, place))


def added(acc: bytes, labeler: str, root: bytes, count: int) -> bytes:
    """The digest of all commitments after one more."""
    return bytes(keccak(encode(["bytes32", "address", "bytes32", "uint32"], [acc, labeler, root, count])))
