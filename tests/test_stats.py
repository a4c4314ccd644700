"""Intervals: known answers, ends of the range, coverage."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from privacy import stats


def test_auc_agrees_with_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    for _ in range(20):
        labels = rng.integers(0, 2, 80)
        scores = np.round(rng.normal(size=80) + labels, 1)
        assert stats.auc(scores, labels) == pytest.approx(roc_auc_score(labels, scores))


def test_auc_needs_both_classes() -> None:
    with pytest.raises(ValueError, match="both classes"):
        stats.auc([1.0, 2.0], [1, 1])


@given(st.floats(0, 1), st.integers(2, 400), st.integers(2, 400))
def test_an_auc_interval_holds_its_value_and_has_width(value: float, positives: int, negatives: int) -> None:
    low, high = stats.auc_interval(value, positives=positives, negatives=negatives)
    assert 0 <= low <= value <= high <= 1
    assert high - low > 0


def test_auc_interval_solves_its_own_equation() -> None:
    low, _ = stats.auc_interval(0.9, positives=50, negatives=40)
    n = 45
    variance = low * (1 - low) / 2000 * (1 + (n - 1) * (1 - low) / (2 - low) + (n - 1) * low / (1 + low))
    assert (0.9 - low) / np.sqrt(variance) == pytest.approx(1.959964, rel=1e-5)


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.5])
def test_advantage_interval_covers_the_truth(shift: float) -> None:
    from scipy.stats import norm

    truth, rng, hits = 2 * norm.cdf(shift / np.sqrt(2)) - 1, np.random.default_rng(1), 0
    for _ in range(300):
        labels = np.repeat([0, 1], 60)
        _, low, high = stats.advantage(rng.normal(size=120) + shift * labels, labels)
        hits += low <= truth <= high
    assert hits >= 0.91 * 300


def test_a_mean_of_ones_still_has_a_lower_bound() -> None:
    value, low, high = stats.mean(np.ones(200))
    assert (value, high) == (1.0, 1.0)
    assert 0.97 < low < 1.0


@given(st.lists(st.floats(0, 1), min_size=2, max_size=60))
def test_a_mean_lies_in_its_interval(values: list[float]) -> None:
    value, low, high = stats.mean(values)
    assert 0 <= low <= value + 1e-12
    assert value <= high + 1e-12
    assert high <= 1


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60))
def test_a_median_lies_in_its_interval(values: list[float]) -> None:
    value, low, high = stats.median(values)
    assert low <= value <= high
