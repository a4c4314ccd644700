"""Merkle trees against the library's published example, against Keccak of another maker, and under bad input."""

import numpy as np
import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from privacy.errors import DataError
from workloads.labeling.onchain.keccak import keccak_rows
from workloads.labeling.onchain.trees import Tree, leaf, leaves, verify

TYPES = ("address", "uint256")
VALUES = [("0x" + "11" * 20, 5 * 10**18), ("0x" + "22" * 20, 25 * 10**17)]
ROOT = "d4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77"
"""The root in the readme of @openzeppelin/merkle-tree."""


def test_the_librarys_own_example() -> None:
    assert Tree(leaves(TYPES, VALUES)).root.hex() == ROOT
    assert Tree(leaves(TYPES, VALUES[::-1])).root.hex() == ROOT


@pytest.mark.parametrize("length", [0, 1, 32, 64, 135, 136, 160, 280])
def test_many_rows_hash_as_one_does(length: int) -> None:
    rows = np.random.default_rng(length).integers(0, 256, (4100, length)).astype(np.uint8)
    found = keccak_rows(rows)
    assert all(found[at].tobytes() == keccak(rows[at].tobytes()) for at in (0, 1, 4095, 4096, 4099))


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 100])
def test_every_leaf_is_proved_and_no_other(count: int) -> None:
    made = leaves(("bytes32", "uint32"), [(bytes([at]) * 32, at) for at in range(count)])
    tree = Tree(made)
    for at, one in enumerate(made):
        assert verify(tree.root, one, tree.proof(at))
        assert not verify(tree.root, leaf(("bytes32", "uint32"), (bytes([at]) * 32, at + 1)), tree.proof(at))
    with pytest.raises(IndexError):
        tree.proof(count)


def test_a_leaf_is_what_solidity_hashes() -> None:
    for types, values in [
        (("address", "uint64"), ("0x" + "ab" * 20, 7)),
        (("string", "uint256"), ("cat", 2**200)),
        (
            ("bytes32", "address", "uint32", "bytes32", "bytes32"),
            (b"r" * 32, "0x" + "Cd" * 20, 3, b"v" * 32, b"s" * 32),
        ),
    ]:
        assert leaf(types, values) == keccak(keccak(encode(types, values)))


@pytest.mark.parametrize(
    ("kind", "value"), [("address", "0x12"), ("uint32", 2**32), ("uint32", -1), ("bytes32", b"short"), ("uint8", "1")]
)  # fmt: skip
def test_a_value_of_another_type_is_refused(kind: str, value: object) -> None:
    with pytest.raises(DataError, match=kind):
        leaf((kind,), (value,))


@pytest.mark.parametrize("wrong", [[], [b"short"]])
def test_no_leaf_or_a_short_one_is_refused(wrong: list[bytes]) -> None:
    with pytest.raises(DataError):
        Tree(wrong)
