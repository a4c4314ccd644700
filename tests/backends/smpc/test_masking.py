"""Masks on the ring and pads in the field."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from backends.smpc import field
from backends.smpc.masking import BLOCK_BYTES, Stream, add_masks, blank, from_ring, to_ring

KEYS = st.lists(st.binary(min_size=32, max_size=32), max_size=4)
WORDS = BLOCK_BYTES // 4


def stream(key: bytes, blocks: int) -> np.ndarray:
    buffer, words = blank()
    source, parts = Stream(key), []
    for _ in range(blocks):
        source.read_into(buffer, BLOCK_BYTES)
        parts.append(words.copy())
    return np.concatenate(parts)


@given(vector=hnp.arrays(np.uint32, st.integers(1, 40)), add=KEYS, subtract=KEYS)
def test_masks_come_off_as_they_went_on(vector, add, subtract):
    masked = vector.copy()
    add_masks(masked, add=add, subtract=subtract)
    add_masks(masked, add=subtract, subtract=add)
    assert np.array_equal(masked, vector)


@settings(max_examples=15)
@given(length=st.integers(WORDS - 2, 2 * WORDS + 3), key=st.binary(min_size=32, max_size=32))
def test_a_long_mask_is_one_stream(length, key):
    vector = np.zeros(length, dtype=np.uint32)
    add_masks(vector, add=[key])
    assert np.array_equal(vector, stream(key, 3)[:length])


def test_more_masks_than_fit_together():
    keys = [i.to_bytes(32, "big") for i in range(300)]
    vector = np.zeros(3, dtype=np.uint32)
    add_masks(vector, add=keys)
    assert np.array_equal(vector, sum(stream(key, 1)[:3] for key in keys))


@given(rows=hnp.arrays(np.int64, st.tuples(st.integers(1, 8), st.just(3)), elements=st.integers(-(2**28), 2**28 - 1)))
def test_ring_sums_are_integer_sums(rows):
    total = np.zeros(3, dtype=np.uint32)
    for row in rows:
        total += to_ring(row)
    assert np.array_equal(from_ring(total), rows.sum(axis=0))


def test_the_ring_holds_its_extremes():
    ends = np.array([-(2**31), -1, 0, 2**31 - 1])
    assert np.array_equal(from_ring(to_ring(ends)), ends)


@given(pieces=st.lists(st.integers(0, 700), min_size=1, max_size=6))
def test_a_pad_is_the_same_however_it_is_read(pieces):
    pad, whole = field.Pad(bytes(32)), field.Pad(bytes(32)).read(sum(pieces))
    assert np.array_equal(np.concatenate([pad.read(n) for n in pieces]), whole)


def test_words_past_the_prime_are_left_out():
    prime = 2**31 + 11
    words = stream(bytes(32), 2)
    accepted = words[words < prime]
    assert len(accepted) < 0.6 * len(words)
    assert np.array_equal(field.Pad(bytes(32), prime=prime).read(60_000), accepted[:60_000])


def test_a_pad_is_uniform():
    # Sixteen equal bins: chi squared with 15 degrees passes 50 under one key in 90,000, and the key is fixed.
    counts = np.histogram(field.Pad(b"\7" * 32).read(160_000), bins=16, range=(0, field.PRIME))[0]
    assert ((counts - 10_000) ** 2 / 10_000).sum() < 50


@given(
    rows=hnp.arrays(np.int64, st.tuples(st.integers(1, 5), st.integers(1, 5)), elements=st.integers(-(2**28), 2**28))
)
def test_both_shares_together_give_the_sum(rows):
    keys = [bytes([i]) * 32 for i in range(len(rows))]
    shares = sum(field.subtract_pad(row, key).astype(np.uint64) for row, key in zip(rows, keys, strict=True))
    total = shares % field.PRIME + field.sum_of_pads(keys, rows.shape[1]) % field.PRIME
    assert np.array_equal(field.centred(total), rows.sum(axis=0))


def test_pads_longer_than_a_block():
    vector = np.arange(WORDS + 5, dtype=np.int64) - WORDS
    share = field.subtract_pad(vector, bytes(32)).astype(np.uint64)
    assert np.array_equal(field.centred(share + field.sum_of_pads([bytes(32)], len(vector))), vector)
