"""The check of a server's scores: right ones hold, and one wrong step anywhere is found."""

import numpy as np
import pytest

from privacy.primitives.product_check import BITS, DRAWS, SOUNDNESS, P, ProductCheck

RNG = np.random.default_rng(21)
ITEMS = RNG.integers(-256, 257, (300, 16))
VECTOR = RNG.integers(-256, 257, 16)
EXACT = (ITEMS @ VECTOR).astype(np.float64)


def test_right_scores_hold_and_may_be_off_by_less_than_half_a_step() -> None:
    check = ProductCheck(ITEMS)
    assert check.verdict(VECTOR, EXACT).holds
    assert check.verdict(VECTOR, EXACT + RNG.uniform(-0.49, 0.49, len(EXACT))).holds
    assert SOUNDNESS == 1 / P**DRAWS < 2**-BITS < 1e-18


@pytest.mark.parametrize("by", [1, -1, 65_536, P, -P, 2.0**62])
def test_one_wrong_score_is_found_wherever_it_is(by: float) -> None:
    check = ProductCheck(ITEMS)
    for place in (0, 150, 299):
        wrong = EXACT.copy()
        wrong[place] += by
        assert not check.verdict(VECTOR, wrong).holds


def test_scores_of_another_vector_or_catalogue_do_not_hold() -> None:
    other = VECTOR.copy()
    other[0] += 1
    assert not ProductCheck(ITEMS).verdict(other, EXACT).holds
    assert not ProductCheck(ITEMS[::-1].copy()).verdict(VECTOR, EXACT).holds


def test_rows_that_are_computed_again_say_how_far_scores_are_off() -> None:
    found = ProductCheck(ITEMS).verdict(VECTOR, EXACT + 7)
    assert (found.holds, found.off, found.rows) == (False, 7.0, 64)
    few = ProductCheck(ITEMS[:5]).verdict(VECTOR, EXACT[:5] + 2.25)
    assert (few.off, few.rows, few.missed) == (2.25, 5, pytest.approx(0.59049))


def test_the_largest_sums_do_not_overflow() -> None:
    items = np.full((200_000, 2), 256)
    vector = np.array([256, -256])
    assert ProductCheck(items).verdict(vector, np.zeros(200_000)).holds
    assert ProductCheck(items).verdict(np.array([256, 256]), np.full(200_000, 131_072.0)).holds


def test_the_share_of_wrong_checks_that_pass_is_as_stated_for_a_small_prime(monkeypatch: pytest.MonkeyPatch) -> None:
    """With P = 5 and one draw a wrong score passes once in five: the statement, where it can be counted."""
    monkeypatch.setattr("privacy.primitives.product_check.P", 5)
    monkeypatch.setattr("privacy.primitives.product_check.DRAWS", 1)
    items, vector = np.array([[1], [1]]), np.array([0])
    passed = sum(ProductCheck(items).verdict(vector, np.array([1.0, 0.0])).holds for _ in range(2_000))
    assert 300 < passed < 500
