"""Clipping and noise of sums: exact lengths, the right law, pinned integers."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chi2, norm

from backends.dp.aggregation import noise as sum_noise
from backends.dp.aggregation import table as sum_table
from backends.dp.aggregation.clip import clip_steps, clipped, squared_norm
from backends.dp.aggregation.noise import SHORT, CentralNoise, draw, reach
from backends.dp.aggregation.table import KEY_BYTES, SMOOTH, Table, levels, noise
from privacy.errors import BoundaryError, ParamError
from privacy.plugin import Seat
from privacy.primitives.aggregation import AGGREGATOR

SEAT = Seat(AGGREGATOR, None)
KEY = bytes(range(KEY_BYTES))
EDGE = 2**31 - 1
RARE = 1e-7
"""The chance that one bound of a sound law's statistics fails."""

KNOWN = {
    100.0: [-2, -14, -9, 3, 9, 0, 2, -5, -20, 4, -3, 3],
    1e9: [-3952, 19395, 29530, 20412, 68133, -20611, -19767, 3599, 29757, 41357, -8724, -23875],
}

vectors = st.lists(
    st.one_of(st.integers(-EDGE, EDGE), st.integers(-3, 3)), min_size=1, max_size=60
).map(lambda v: np.array(v, dtype=np.int64))  # fmt: skip


def square(vector: np.ndarray) -> int:
    return sum(int(x) ** 2 for x in vector)


@settings(max_examples=300)
@given(vectors, st.integers(1, EDGE))
def test_a_clipped_vector_is_never_longer_than_declared(vector: np.ndarray, most: int) -> None:
    out = clipped(vector, most=most)
    assert square(out) <= most**2
    assert squared_norm(vector) == square(vector)
    assert out.dtype == np.int64
    assert (out * np.sign(vector) >= 0).all()
    if square(vector) <= most**2:
        assert np.array_equal(out, vector)
    else:
        # Each entry is the scaled one, less than two steps closer to zero.
        exact = vector.astype(float) * (most / math.sqrt(square(vector)))
        assert (np.abs(out) <= np.abs(exact) * (1 + 1e-9)).all()
        assert (np.abs(exact) - np.abs(out) < 2 + 1e-6).all()


def test_a_long_vector_of_the_largest_entries_is_clipped_exactly() -> None:
    vector = np.full(3_000_000, -EDGE)
    assert squared_norm(vector) == 3_000_000 * EDGE**2
    out = clipped(vector, most=2**30)
    assert (out == out[0]).all()
    assert 3_000_000 * int(out[0]) ** 2 <= 2**60 < 3_000_000 * (int(out[0]) - 1) ** 2
    assert (vector == -EDGE).all()


@pytest.mark.parametrize(("clip", "unit", "steps"), [(1.0, 1.0, 1), (1.0, 1e-3, 1000), (0.3, 0.1, 3), (2.5, 1.0, 2)])
def test_the_clip_norm_in_steps(clip: float, unit: float, steps: int) -> None:
    assert clip_steps(clip, unit=unit) == steps


@pytest.mark.parametrize(("clip", "unit", "then"), [(0.5, 1.0, "finer unit"), (3.0, 1e-9, "coarser unit")])
def test_a_clip_norm_that_does_not_fit_says_what_to_change(clip: float, unit: float, then: str) -> None:
    with pytest.raises(ParamError, match=then):
        clip_steps(clip, unit=unit)


def test_one_key_gives_one_noise_on_every_machine() -> None:
    # Pinned: the stream, the table and the levels. Another mapping would be another generator.
    assert noise(length=12, variance=100.0, key=KEY).tolist() == KNOWN[100.0]
    assert noise(length=12, variance=1e9, key=KEY).tolist() == KNOWN[1e9]
    long = noise(length=40_000, variance=1e6, key=KEY)
    assert np.array_equal(long, noise(length=40_000, variance=1e6, key=KEY))
    assert not np.array_equal(long, noise(length=40_000, variance=1e6, key=KEY[::-1]))
    # No part of the stream is used twice.
    rest = long[1 << 15 :]
    assert not np.array_equal(long[: len(rest)], rest)


@pytest.mark.parametrize("variance", [0.3, 3.0, 100.0, 16_000.0])
def test_the_tables_columns_give_each_value_its_weight_exactly(variance: float) -> None:
    weights = sum_table._weights(variance)
    thresholds, alias = sum_table._columns(weights)
    full = 1 << 244
    got = list(thresholds)
    for i, j in enumerate(alias):
        got[j] += full - thresholds[i] if i != j else 0
    assert got == weights
    assert sum(weights) == 1 << 256
    assert weights[:2047] == weights[2048:4095][::-1]
    x = np.arange(-2047, 2049)
    law = np.exp(-(x**2) / (2 * variance))
    assert np.abs(np.array([w / 2**256 for w in weights]) - law / law.sum()).max() < 1e-15


def test_the_last_bits_decide_between_neighbours() -> None:
    table = Table(100.0)
    column = next(i for i, rest in enumerate(table._rest) if rest > 0 and table._alias[i] != i)
    word = np.array([(int(table._high[column]) << 12) | column], dtype=np.uint64)
    rest = table._rest[column]
    assert table.draw(word, lambda n: (rest - 1).to_bytes(n, "little"))[0] == column - 2047
    assert table.draw(word, lambda n: rest.to_bytes(n, "little"))[0] == table._alias[column] - 2047


@given(st.floats(min_value=0.1, max_value=sum_table.WIDEST))
def test_levels_add_up_to_the_variance_and_stay_smooth(variance: float) -> None:
    base, factors = levels(variance)
    assert base * (1 + sum(k * k for k in factors)) == pytest.approx(variance, rel=1e-12)
    assert base <= 127.0**2
    assert len(factors) <= 4
    sums = base * np.cumsum([1, *(k * k for k in factors)])
    for before, after in pairwise(sums):
        assert base * before / after >= SMOOTH
    # The widest draw still fits, with room for a sum.
    assert 2048 * (1 + sum(factors)) < 2**40


def fits(drawn: np.ndarray, variance: float) -> None:
    """Mean, variance and kurtosis of a discrete Gaussian, within what chance allows `RARE`ly."""
    n, z = len(drawn), float(norm.isf(RARE / 2))
    scaled = drawn / math.sqrt(variance)
    assert abs(scaled.mean()) < z / math.sqrt(n)
    low, high = (chi2.ppf(p, n) / n for p in (RARE / 2, 1 - RARE / 2))
    assert low < (scaled**2).mean() < high
    assert abs((scaled**4).mean() - 3) < z * math.sqrt(96 / n) * 1.1


@pytest.mark.parametrize("variance", [30.0, 2e4, 1e8, 1e13])
def test_noise_of_the_table_has_the_right_law(variance: float) -> None:
    fits(noise(length=200_000, variance=variance, key=SEAT.random.bytes(KEY_BYTES)), variance)


@pytest.mark.parametrize("variance", [30.0, 1e13])
def test_noise_of_short_vectors_has_the_right_law(variance: float) -> None:
    fits(np.concatenate([draw(SEAT, length=SHORT, variance=variance) for _ in range(20)]), variance)


def test_both_samplers_give_each_value_as_often() -> None:
    n, variance = 20 * SHORT, 4.0
    short = np.concatenate([draw(SEAT, length=SHORT, variance=variance) for _ in range(20)])
    long = draw(SEAT, length=n, variance=variance)
    x = np.arange(-4, 5)
    law = np.exp(-(x**2) / 8) / np.exp(-(np.arange(-60, 61) ** 2) / 8).sum()
    for drawn in (short, long):
        seen = np.array([(drawn == v).sum() for v in x])
        assert (np.abs(seen - n * law) < 5.6 * np.sqrt(n * law * (1 - law))).all()


def test_wide_noise_is_even_on_the_small_scale() -> None:
    # A sum x + 8 y of too narrow draws would prefer some residues.
    n, variance = 400_000, 1e6
    _, factors = levels(variance)
    drawn = noise(length=n, variance=variance, key=SEAT.random.bytes(KEY_BYTES))
    counts = np.bincount(drawn % factors[0], minlength=factors[0])
    assert ((counts - n / len(counts)) ** 2 / (n / len(counts))).sum() < chi2.isf(RARE, len(counts) - 1)


@pytest.mark.parametrize("length", [5, SHORT, SHORT + 1, 70_000])
def test_draws_are_whole_fresh_and_within_reach(length: int, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = (draw(SEAT, length=length, variance=1e6) for _ in range(2))
    assert one.dtype == np.int64
    assert one.shape == (length,)
    assert not np.array_equal(one, two)
    assert max(np.abs(one).max(), np.abs(two).max()) <= reach(1e6) == 16_000
    monkeypatch.setattr(sum_noise, "TAIL", 1)
    assert np.abs(draw(SEAT, length=length, variance=1e6)).max() <= 1000


def test_central_noise_is_added_to_whole_sums_alone() -> None:
    central = CentralNoise(variance=9.0, length=3)
    total = np.array([2**40, 0, -5])
    out = central.add(total, SEAT)
    assert out.dtype == np.int64
    assert (np.abs(out - total) <= reach(9.0)).all()
    assert total.tolist() == [2**40, 0, -5]
    for bad in (np.zeros(3), np.array([np.nan] * 3), np.zeros(2, dtype=int), np.zeros((3, 1), dtype=int), None):
        with pytest.raises(BoundaryError, match="oise is for 3 integers"):
            central.add(bad, SEAT)
