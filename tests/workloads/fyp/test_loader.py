"""The loader: nothing lost from a messy file, and one clear sentence for every unusable one."""

import traceback

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.errors import DataError
from tools.profiles.generator import generate_profiles, write_csv
from workloads.fyp.data import COUNT_COLUMNS, REQUIRED_COLUMNS, load_default, load_profiles
from workloads.fyp.data.loader import SHIPPED


@pytest.fixture
def frame():
    return generate_profiles(rows=30, seed=9)


@pytest.fixture
def load(tmp_path):
    def save_and_load(frame, **options):
        write_csv(frame, tmp_path / "some.csv")
        return load_profiles(tmp_path / "some.csv", **options)

    return save_and_load


def refusal(path, **options):
    """Return the sentence that refuses a file, after checking that it is one and hides its cause."""
    with pytest.raises(DataError) as caught:
        load_profiles(path, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    assert "During handling" not in "".join(traceback.format_exception(caught.value))
    return sentence


def test_the_shipped_file_loads_whole():
    catalogue = load_default()
    assert len(catalogue) == len(catalogue.texts) == 1000
    assert catalogue.numbers.shape == (1000, len(COUNT_COLUMNS))
    assert np.isfinite(catalogue.numbers).all()
    assert catalogue.generated
    assert any("biographies are missing" in note for note in catalogue.notes)
    assert all(len(profile.id) == 19 for profile in catalogue.profiles)
    assert not catalogue.numbers.flags.writeable


def test_items_keeps_the_first_rows():
    whole, part = load_default(), load_default(items=50)
    assert part.profiles == whole.profiles[:50]
    assert part.generated
    assert part.content_hash != whole.content_hash
    assert load_default(items=1000).content_hash == whole.content_hash


def test_the_hash_covers_content_and_not_the_path(tmp_path, frame, load):
    first = load(frame)
    write_csv(frame, tmp_path / "copy.csv")
    copy = load_profiles(tmp_path / "copy.csv")
    assert copy.content_hash == first.content_hash
    assert copy.name == "copy.csv"
    assert not copy.generated
    frame.loc[3, "likes"] = "12345"
    assert load(frame).content_hash != first.content_hash


def test_a_copy_of_the_shipped_file_is_known_and_a_changed_one_is_not(tmp_path):
    body = SHIPPED.read_bytes()
    (tmp_path / "copy.csv").write_bytes(body)
    assert load_profiles(tmp_path / "copy.csv").generated
    (tmp_path / "copy.csv").write_bytes(body.replace(b"#fitness", b"#fitnexx", 1))
    assert not load_profiles(tmp_path / "copy.csv").generated


def test_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path, frame, load):
    plain = load(frame)
    body = (tmp_path / "some.csv").read_bytes()
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbf" + body.replace(b"\n", b"\r\n"))
    assert load_profiles(tmp_path / "bom.csv").content_hash == plain.content_hash


def test_missing_values_are_noted_and_no_row_is_lost(frame, load):
    frame.loc[0, ["nickname", "biography", "followers", "account_id"]] = None
    frame.loc[[1, 2], "likes"] = ""
    frame.loc[4, "account_id"] = frame.loc[5, "account_id"]
    catalogue = load(frame)
    assert len(catalogue) == 30
    assert catalogue.numbers[0, COUNT_COLUMNS.index("followers")] == 0
    assert catalogue.texts[0] == ""
    assert catalogue.profiles[0].nickname == "row-2"
    notes = " / ".join(catalogue.notes)
    assert "1 value of followers is missing" in notes
    assert "2 values of likes are missing" in notes
    assert "1 nickname is missing" in notes
    assert "1 handle is used by more than one row" in notes


def test_optional_columns_may_be_absent_and_order_is_free(frame, load):
    catalogue = load(frame[list(reversed(REQUIRED_COLUMNS))])
    assert len(catalogue) == 30
    assert catalogue.profiles[7].id == frame.loc[7, "account_id"]
    assert not catalogue.profiles[7].is_verified
    assert catalogue.texts == load(frame).texts


def test_blank_lines_and_trailing_commas_are_no_rows_and_no_columns(tmp_path, frame, load):
    plain = load(frame)
    lines = (tmp_path / "some.csv").read_text(encoding="utf-8").replace('"\n"', '",,\n\n"')
    first, rest = lines.split('",,\n\n"', 1)
    (tmp_path / "spaced.csv").write_text(f'{first}"\n"{rest}\n\n', encoding="utf-8")
    assert load_profiles(tmp_path / "spaced.csv").content_hash == plain.content_hash


AWKWARD = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pairs=st.lists(st.tuples(AWKWARD, AWKWARD), min_size=1, max_size=20))
def test_awkward_texts_survive_the_round_trip(load, pairs):
    frame = generate_profiles(rows=20, seed=1)
    for row, (nickname, biography) in enumerate(pairs):
        frame.loc[row, ["nickname", "biography"]] = nickname, biography
    catalogue = load(frame)
    assert len(catalogue) == 20
    for profile, (nickname, biography) in zip(catalogue.profiles, pairs, strict=False):
        nickname, biography = (text.replace("\r\n", "\n").strip() for text in (nickname, biography))
        assert profile.biography == ("" if biography == "null" else biography)
        assert profile.nickname == (profile.account_id if nickname in {"", "null"} else nickname)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300))
def test_any_bytes_give_a_sentence(tmp_path, body):
    (tmp_path / "noise.csv").write_bytes(body)
    assert refusal(tmp_path / "noise.csv")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \n", "is empty"),
        (b'{"rows": []}', "JSON"),
        (b'[\n {"likes": 1}]', "JSON"),
        (b"[section]\nkey = 1\n", "single column"),
        (b"<!doctype html><html>", "web page"),
        (b"\x89PNG\r\n\x1a\n\0\0\0", "binary"),
        (b"just a line\nand one more\n", "single column"),
        (b"account_id;nickname;biography\n1;2;3\n", "awg_engagement_rate is missing"),
        ((",".join(REQUIRED_COLUMNS)).encode(), "header and no rows"),
        ((",".join(REQUIRED_COLUMNS) + '\n"never closed,').encode(), "quote is never closed"),
        ((",".join(REQUIRED_COLUMNS) + "\na" + ",1" * 8 + "\na" + ",1" * 9).encode(), "more cells than the header's 9"),
        (b"1,Ann,hello,0.5,0.1,3,4,5,6\n" * 30, "first row looks like data"),
        ((",".join((*REQUIRED_COLUMNS, "likes")) + "\n").encode(), "likes occurs twice"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, body, words):
    (tmp_path / "bad.csv").write_bytes(body)
    assert words in refusal(tmp_path / "bad.csv")


def test_absent_files_and_directories_are_refused(tmp_path):
    assert "no such file" in refusal(tmp_path / "absent.csv")
    assert "directory" in refusal(tmp_path)
    assert "not valid" in refusal("a\0b.csv")


@pytest.mark.parametrize("column", REQUIRED_COLUMNS)
def test_a_missing_column_is_named(tmp_path, frame, column):
    write_csv(frame.drop(columns=column), tmp_path / "short.csv")
    assert f"column {column} is missing" in refusal(tmp_path / "short.csv")


def test_a_misspelt_column_is_pointed_at(tmp_path, frame):
    write_csv(frame.rename(columns={"awg_engagement_rate": "avg_engagement_rate"}), tmp_path / "typo.csv")
    sentence = refusal(tmp_path / "typo.csv")
    assert "awg_engagement_rate is missing" in sentence
    assert "'avg_engagement_rate'" in sentence


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("NaN", "NaN, not a finite number"), ("nan", "not a finite"), ("-inf", "not a finite"),
        ("Infinity", "not a finite"), ("-3", "negative"), ("1e400", "too large"), ("many", "not a number"),
        ("1_000", "not a number"), ("1,234", "not a number"), ("٣", "not a number"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("column", ["followers", "awg_engagement_rate", "like_engagement_rate"])
def test_a_bad_number_is_named_by_column_and_row(tmp_path, frame, column, value, words):
    frame.loc[4, column] = value
    write_csv(frame, tmp_path / "bad.csv")
    sentence = refusal(tmp_path / "bad.csv")
    assert words in sentence
    assert f"column {column}, row 6" in sentence


def test_rows_without_any_value_are_refused(tmp_path, frame):
    frame[["nickname", "biography", *COUNT_COLUMNS]] = None
    write_csv(frame, tmp_path / "hollow.csv")
    assert "no row can be used" in refusal(tmp_path / "hollow.csv").lower()


def test_too_few_profiles_are_refused(tmp_path, frame):
    write_csv(frame.head(19), tmp_path / "few.csv")
    assert "at least 20 profiles" in refusal(tmp_path / "few.csv")
    assert "at least 20 profiles" in refusal(SHIPPED, items=12)
    assert "at least 20 profiles" in refusal(SHIPPED, items=-1)


def test_more_items_than_rows_is_noted(frame, load):
    catalogue = load(frame, items=500)
    assert len(catalogue) == 30
    assert any("500 items" in note for note in catalogue.notes)
