"""Distributed point functions: what two keys say together, and what one of them is."""

import numpy as np
import pytest

from backends.smpc.lookup.dpf import expand, key_bytes, keys_for
from privacy.errors import WireError

# Known answers: the roots are the bytes 0 to 31, the items 300, and the index 200.
ROOTS = np.arange(32, dtype=np.uint8).reshape(1, 2, 16)


def both(items: int, indices: list[int], roots: np.ndarray) -> np.ndarray:
    first, second = keys_for(np.array(indices), roots, items)
    count = len(indices)
    assert len(first) == len(second) == count * key_bytes(items)
    bits = [expand(key, party=p, items=items, count=count) for p, key in enumerate((first, second))]
    return bits[0] ^ bits[1]


@pytest.mark.parametrize("items", [1, 2, 7, 127, 128, 129, 256, 257, 700])
def test_two_keys_are_one_at_their_index_and_zero_elsewhere_for_every_index(items):
    roots = np.random.default_rng(items).integers(0, 256, (items, 2, 16), dtype=np.uint8)
    assert (both(items, list(range(items)), roots) == np.eye(items, dtype=np.uint8)).all()


def test_a_large_domain_at_its_ends():
    items, indices = 1_000_000, [0, 127, 128, 524_288, 999_999]
    roots = np.random.default_rng(1).integers(0, 256, (len(indices), 2, 16), dtype=np.uint8)
    found = both(items, indices, roots)
    assert found.shape == (5, items)
    assert [np.flatnonzero(row).tolist() for row in found] == [[i] for i in indices]


def test_keys_are_those_of_a_straight_reading_of_the_paper():
    """A recursive evaluation, one node at a time, says the same of a key as the expansion of whole levels."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    def block(seed: bytes, which: int) -> bytes:
        encryptor = Cipher(algorithms.AES128(bytes([which]) * 16), modes.ECB()).encryptor()
        return bytes(a ^ b for a, b in zip(encryptor.update(seed), seed, strict=True))

    def cleared(seed: bytes) -> bytes:
        return bytes([seed[0] & 254]) + seed[1:]

    def bit_of(key: bytes, party: int, index: int) -> int:
        seed, control = cleared(key[:16]), party
        depth = (len(key) - 32) // 17
        for level in range(depth):
            correction = key[16 + 17 * level : 33 + 17 * level]
            turn = index >> (depth + 6 - level) & 1
            child = block(seed, 1 + turn)
            seed, mark = cleared(child), child[0] & 1
            if control:
                seed = bytes(a ^ b for a, b in zip(seed, cleared(correction[:16]), strict=True))
                mark ^= correction[16] >> turn & 1
            control = mark
        leaf = block(seed, 3)
        if control:
            leaf = bytes(a ^ b for a, b in zip(leaf, key[-16:], strict=True))
        return leaf[(index % 128) >> 3] >> (index & 7) & 1

    for party, key in enumerate(keys_for(np.array([200]), ROOTS, 300)):
        assert [bit_of(key, party, i) for i in range(300)] == expand(key, party=party, items=300, count=1)[0].tolist()


def test_any_bytes_of_the_right_length_are_a_key_and_none_of_another_length():
    rng = np.random.default_rng(3)
    for items in (1, 128, 129, 5000):
        size = key_bytes(items)
        for body in (bytes(3 * size), b"\xff" * (3 * size), rng.bytes(3 * size)):
            bits = expand(body, party=1, items=items, count=3)
            assert bits.shape == (3, items)
            assert bits.max() <= 1
        for wrong in (0, 2 * size, 3 * size - 1, 3 * size + 1, 4 * size):
            with pytest.raises(WireError, match=f"{3 * size} expected"):
                expand(bytes(wrong), party=0, items=items, count=3)


def test_one_key_says_nothing_of_its_index_by_its_bits():
    """Half of a single key's bits are 1, at the index as elsewhere: 400 keys, ten deviations."""
    rng = np.random.default_rng(4)
    roots = rng.integers(0, 256, (400, 2, 16), dtype=np.uint8)
    first, second = keys_for(np.full(400, 130), roots, 256)
    for party, body in enumerate((first, second)):
        bits = expand(body, party=party, items=256, count=400)
        assert abs(bits[:, 130].mean() - 0.5) < 10 * 0.5 / 20
        assert abs(bits.mean() - 0.5) < 10 * 0.5 / (400 * 256) ** 0.5
