"""The generator: the schema's shape, determinism, and that no row can belong to a real person."""

import csv
import re
from collections import Counter
from urllib.parse import urlsplit

import pandas as pd
import pytest

from privacy.errors import DataError
from tools.profiles.generator import generate_profiles, main, planted_topics, write_csv
from tools.profiles.vocabulary import LANGUAGES, SPEECH, TOPICS
from workloads.fyp.data.loader import SHIPPED
from workloads.fyp.data.schema import COLUMNS


@pytest.fixture(scope="module")
def shipped():
    return pd.read_csv(SHIPPED, dtype={"id": "string"}, keep_default_na=False, na_values=["null"])


def test_the_stated_command_gives_the_shipped_bytes(tmp_path):
    out = tmp_path / "again.csv"
    assert main(["--rows", "1000", "--seed", "20260101", "--out", str(out)]) == 0
    assert out.read_bytes() == SHIPPED.read_bytes()


def test_another_seed_gives_other_rows():
    assert not generate_profiles(rows=30, seed=1).equals(generate_profiles(rows=30, seed=2))
    assert generate_profiles(rows=30, seed=1).equals(generate_profiles(rows=60, seed=1).head(30))


def test_every_field_is_quoted_and_missing_is_the_word_null(tmp_path):
    frame = generate_profiles(rows=3, seed=4)
    write_csv(frame, tmp_path / "few.csv")
    text = (tmp_path / "few.csv").read_text(encoding="utf-8")
    assert text.startswith('"timestamp","account_id"')
    assert ',"null",' in text
    assert not re.search(r',[^"]', re.sub(r'"[^"]*"', '""', text))


def test_the_shape_is_that_of_the_schema(shipped):
    assert tuple(shipped.columns) == COLUMNS
    assert len(shipped) == 1000
    assert shipped["create_time"].isna().all()
    assert 1 <= shipped["biography"].isna().sum() <= 6
    assert 770 <= shipped["bio_link"].isna().sum() <= 850
    assert 10 <= shipped["is_verified"].sum() <= 35
    assert shipped["biography"].str.len().max() <= 80
    assert shipped["nickname"].str.len().max() <= 30
    assert 450 <= shipped["biography"].str.contains("\n").sum() <= 600
    assert 400 <= shipped["url"].str.endswith("@undefined").sum() <= 500
    assert shipped["id"].str.fullmatch(r"\d{19}").all()
    assert shipped["top_videos"].str.count(",").between(0, 34).all()


def test_the_numbers_are_in_range(shipped):
    awg = shipped["awg_engagement_rate"]
    assert (awg == shipped["comment_engagement_rate"] + shipped["like_engagement_rate"]).all()
    assert 60 <= (awg > 1).sum() <= 120
    assert awg.between(9e-5, 64).all()
    assert shipped["followers"].between(1, 14_500_000).all()
    assert 3_000 < shipped["followers"].median() < 8_000
    assert shipped["following"].between(0, 10_000).all()
    assert shipped["likes"].between(3, 863_500_000).all()
    assert shipped["videos_count"].between(1, 5_394).all()


def test_nothing_can_belong_to_anyone(shipped):
    assert shipped["account_id"].is_unique
    assert shipped["account_id"].str.fullmatch(r"demo\.[a-z]+\.\d{4}").all()
    links = [*shipped["bio_link"].dropna(), *shipped["url"], *shipped["profile_pic_url"]]
    links += [url for cell in shipped["top_videos"] for url in cell.split(",")]
    assert {urlsplit(link).hostname.rsplit(".")[-1] for link in links} == {"example"}


def test_texts_vary_and_every_slot_is_filled(shipped):
    assert shipped["biography"].nunique() > 950
    assert shipped["nickname"].nunique() > 850
    texts = shipped["nickname"] + shipped["biography"].fillna("")
    assert not texts.str.contains(r"[{}|]$|\{", regex=True).any()


def test_all_topics_are_planted_in_several_languages():
    topics = planted_topics(rows=1000, seed=20260101)
    assert len(topics) == 1000
    counts = Counter(topics)
    assert len(counts) == 12
    assert min(counts.values()) > 50
    assert sum(LANGUAGES.values()) == pytest.approx(1)
    assert set(SPEECH) == set(LANGUAGES)
    for topic in TOPICS:
        assert all(topic.lines[code] and topic.nicknames[code] for code in LANGUAGES)
    tags = [tag for topic in TOPICS for tag in topic.hashtags]
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize(("rows", "seed"), [(0, 1), (-5, 1), (5, -1)])
def test_impossible_requests_are_refused(rows, seed):
    with pytest.raises(DataError):
        generate_profiles(rows=rows, seed=seed)


def test_the_program_answers_in_a_sentence(tmp_path, capsys):
    assert main(["--rows", "0", "--out", str(tmp_path / "x.csv")]) == 2
    assert main(["--rows", "2", "--out", str(tmp_path / "absent" / "x.csv")]) == 2
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 2
    assert all(line.endswith(".") for line in lines)


def test_a_plain_csv_reader_finds_all_rows():
    with open(SHIPPED, encoding="utf-8", newline="") as file:
        assert sum(len(row) == len(COLUMNS) for row in csv.reader(file)) == 1001
