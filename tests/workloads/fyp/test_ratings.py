"""Ratings of any scale, with a time or without, and how the columns are called."""

from array import array
from pathlib import Path

import numpy as np
import pytest

from privacy.errors import DataError
from tests.support import ROOT
from tests.support.made_movielens import latest, one_million, ratings
from workloads.fyp.data import load_movielens
from workloads.fyp.data.ratings import Scale, worth

CASES = ROOT / "tests" / "cases" / "survey"


@pytest.mark.parametrize(
    ("values", "liked_from"),
    [
        ([1, 2, 3, 4, 5], 4), ([0.5, 3.5, 4, 5], 4), ([0, 5, 3], 4), ([3, 4, 4.5], 4), ([1, 7, 3], 6),
        ([1, 10, 4], 8), ([0, 10, 7], 8), ([0, 100, 55], 75), ([31.5, 99.5], 75), ([0.2, 1.0], 0.75), ([0, 1], 1),
        ([1, 1], 1), ([-10, 9.7], 5), ([1, 2, 3], 3), ([0, 3, 12, 4, 900], 8),
    ],
)  # fmt: skip
def test_a_like_is_at_the_same_place_of_every_scale(values, liked_from):
    scale = Scale.of(array("f", values), column="rating")
    assert scale.liked_from == pytest.approx(liked_from)
    assert f"{liked_from:g}" in scale.note or "every row" in scale.note


def test_plays_are_counts_whatever_their_top():
    assert Scale.of(array("f", [1, 2, 3, 4, 5]), column="play_count").liked_from == 3


@pytest.mark.parametrize(("text", "value"), [("yes", 1), (" No ", 0), ("TRUE", 1), ("4.5", 4.5), ("-3", -3)])
def test_yes_and_no_are_ratings(text, value):
    assert worth(text) == value


@pytest.mark.parametrize("text", ["", "nan", "inf", "five"])
def test_no_rating_is_no_number(text):
    with pytest.raises(ValueError, match=r"convert|finite"):
        worth(text)


def test_the_cases():
    plain = load_movielens(CASES / "f21_ml_float_timestamp")
    untimed = load_movielens(CASES / "f22_ml_no_timestamp")
    tenths = load_movielens(CASES / "f23_ml_scale_0_to_1")
    assert plain.people is not None
    for other, note in ((untimed, "no time"), (tenths, "0.75 or more is a like")):
        assert other.people is not None
        np.testing.assert_array_equal(other.people.liked, plain.people.liked)
        np.testing.assert_array_equal(other.people.held_out, plain.people.held_out)
        assert note in " ".join(other.notes)


def write(folder: Path, header: str, row) -> Path:
    latest(folder)
    lines = [header, *(row(*rating) for rating in ratings())]
    (folder / "ratings.csv").write_text("\n".join(lines) + "\n", "utf-8")
    return folder


WAYS = {
    "names of one's own": ("user_id,item_id,score,time", lambda u, m, r, t: f"{u},{m},{r},{t}"),
    "out of ten": ("userId,movieId,rating,timestamp", lambda u, m, r, t: f"{u},{m},{2 * r},{t}"),
    "percent": ("userId,movieId,rating,timestamp", lambda u, m, r, t: f"{u},{m},{20 * r},{t}"),
    "yes and no": ("userId,movieId,liked,timestamp", lambda u, m, r, t: f"{u},{m},{'yes' if r > 3 else 'no'},{t}"),
    "plays": ("userId,movieId,plays,timestamp", lambda u, m, r, t: f"{u},{m},{900 if r > 3 else 1},{t}"),
    "dates": ("userId,movieId,rating,timestamp", lambda u, m, r, t: f"{u},{m},{r},2024-01-01T{t % 86400 // 3600:02d}:{t % 3600 // 60:02d}:{t % 60:02d}"),  # noqa: E501
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_however_ratings_are_written_the_people_are_the_same(tmp_path, way):
    plain = load_movielens(latest(tmp_path / "plain")).people
    other = load_movielens(write(tmp_path / "other", *WAYS[way])).people
    assert plain is not None
    assert other is not None
    assert other.ids == plain.ids
    np.testing.assert_array_equal(other.held_out, plain.held_out)


def test_a_missing_column_is_named_and_the_time_is_not_needed(tmp_path):
    folder = write(tmp_path / "ml", "who,movieId,rating", lambda u, m, r, t: f"{u},{m},{r}")
    with pytest.raises(DataError, match="column userId is not there"):
        load_movielens(folder)
    folder = one_million(tmp_path / "dat")
    (folder / "ratings.dat").write_text("".join(f"{u}::{m}::{r}\n" for u, m, r, _ in ratings()), "utf-8")
    assert "The ratings have no time" in " ".join(load_movielens(folder).notes)


def test_what_was_found_in_a_file_is_told(tmp_path):
    folder = latest(tmp_path / "ml")
    (folder / "movies.csv").write_bytes((folder / "movies.csv").read_bytes() + b"999,\xe9t\xc3\xa9,Drama\n998,x\n")
    notes = " ".join(load_movielens(folder).notes)
    assert "movies.csv: 1 damaged letter in line 182" in notes
    assert "movies.csv: 1 row has fewer cells" in notes
