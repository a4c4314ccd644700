"""Slots, sentinels, signs and published scales of the HE backend."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backends.he.scoring import layout
from backends.he.scoring.layout import (
    CatalogueScales,
    block_rows,
    check_catalogue,
    derive_scales,
    item_rows,
    items_per_block,
    sentinel_rows,
    sentinels,
    signs,
)
from backends.he.scoring.presets import PRESETS
from backends.he.seal_format import MalformedCiphertext

EXACT, FAST = PRESETS["exact"], PRESETS["fast"]
GOOD = CatalogueScales(EXACT, 5000, 64, 2, 272, 1 << 22, 1 << 18)


def test_every_row_is_an_item_or_a_sentinel() -> None:
    rows = [*item_rows(2048), *sentinel_rows(2048)]
    assert sorted(rows) == list(range(2048))
    assert items_per_block(2048) == 2046


@pytest.mark.parametrize(("items", "blocks"), [(1, 1), (2046, 1), (2047, 2), (4092, 2), (4093, 3)])
def test_blocks_carry_the_catalogue_in_order(items: int, blocks: int) -> None:
    catalogue = np.random.default_rng(1).integers(-99, 99, size=(items, 3))
    flips = signs(blocks=blocks, degree=2048)
    found = [rows * flip[:, None] for rows, flip in zip(block_rows(catalogue, 2048), flips, strict=True)]
    back = np.concatenate([rows[item_rows(2048)] for rows in found])
    assert np.array_equal(back[:items], catalogue)
    assert not back[items:].any()
    guards = np.stack([rows[list(sentinel_rows(2048))] for rows in found])
    assert np.array_equal(guards, sentinels(blocks=blocks, dims=3))


def test_public_rows_are_fixed_and_differ_between_blocks() -> None:
    rows = sentinels(blocks=9, dims=64)
    assert rows.all()
    assert np.array_equal(rows[:2], sentinels(blocks=2, dims=64))
    assert len({row.tobytes() for row in rows.reshape(-1, 64)}) == 18
    assert np.linalg.norm(rows, axis=2) == pytest.approx(256, rel=0.25)
    # Pinned: another label or rule would make clients of one release refuse the answers of another.
    assert sentinels(blocks=1, dims=8)[0, 0].tolist() == [128, 131, 118, 67, -15, -10, 71, -116]
    assert abs(int(signs(blocks=4, degree=2048).sum())) < 6 * 91


def test_published_scales_round_trip() -> None:
    body = GOOD.to_bytes()
    assert CatalogueScales.from_bytes(body, EXACT) == GOOD
    with pytest.raises(MalformedCiphertext, match="not for preset"):
        CatalogueScales.from_bytes(body, FAST)


@given(st.integers(0, 80))
def test_published_scales_of_another_length_are_refused(size: int) -> None:
    body = (GOOD.to_bytes() * 3)[:size]
    if size != len(GOOD.to_bytes()):
        with pytest.raises(MalformedCiphertext):
            CatalogueScales.from_bytes(body, EXACT)


@given(st.binary(min_size=40, max_size=40))
def test_random_published_scales_are_refused(body: bytes) -> None:
    with pytest.raises(MalformedCiphertext):
        CatalogueScales.from_bytes(body, EXACT)


@pytest.mark.parametrize(
    "change",
    [
        {"items": 0},
        {"items": 1 << 30},
        {"dims": 0},
        {"dims": 5000},
        {"blocks": 1},
        {"blocks": 3},
        {"vector_norm": 0},
        {"vector_norm": 1 << 20},
        {"scale_user": 0},
        {"scale_user": 1 << 47},
        {"scale_item": 0},
        {"scale_item": 1 << 48},
        {"scale_user": 1 << 30, "scale_item": 1 << 30},
    ],
)
def test_unsound_scales_are_refused(change: dict[str, int]) -> None:
    with pytest.raises(MalformedCiphertext, match="refused"):
        dataclasses.replace(GOOD, **change)


@pytest.mark.parametrize(
    "catalogue",
    [
        np.ones((3, 4)),
        np.full((3, 4), np.nan),
        np.ones(4, dtype=np.int64),
        np.ones((0, 4), dtype=np.int64),
        np.ones((4, 0), dtype=np.int64),
        np.ones((2, 5000), dtype=np.int64),
        np.full((2, 2), np.iinfo(np.int64).min),
        np.full((2, 2), layout.MAX_MAGNITUDE + 1),
        [[1, 2]],
    ],
)
def test_other_catalogues_are_refused(catalogue: object) -> None:
    with pytest.raises(ValueError, match=r"catalogue"):
        check_catalogue(catalogue)


def test_a_catalogue_too_large_to_round_is_refused() -> None:
    catalogue = np.full((100, 64), 1 << 18)
    with pytest.raises(ValueError, match="cannot score this catalogue exactly"):
        derive_scales(EXACT, catalogue)
    with pytest.raises(ValueError, match="vector norm of 0"):
        derive_scales(EXACT, np.ones((2, 2), dtype=np.int64), vector_norm=0)


def test_scales_shrink_with_the_catalogues_spread() -> None:
    ctx = EXACT
    rng = np.random.default_rng(2)
    spread = np.rint(rng.standard_normal((2046, 64)) * 32).astype(np.int64)
    alike = np.full((2046, 64), 32)
    assert derive_scales(ctx, alike).product < derive_scales(ctx, spread).product / 4
