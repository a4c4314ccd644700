"""Own data: mappings, what they refuse, what is guessed, and a whole world from a CSV that nobody prepared."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy import lab
from privacy.cli import main
from privacy.data import (
    Mapping,
    build_features,
    guess_mapping,
    load_table,
    read_mapping,
    read_sample,
    simulate_histories,
)
from privacy.data import text as text_module
from privacy.data.mapping import KEYS, from_dict
from privacy.errors import DataError
from privacy.registry import discover
from privacy.services import uploads
from privacy.workloads import fyp
from privacy.workloads.request import RunRequest
from privacy.workloads.world import open_world

COLUMNS = ["item_id", "name", "about", "genres", "price", "leaning", "added"]
THEMES = {
    "Sci-Fi": "rocket planet robot alien laser orbit", "Drama": "family tears letter winter mother silence",
    "Cooking": "butter onion oven recipe garlic spoon", "Sport": "ball goal team sprint trophy coach",
}  # fmt: skip
MAPPING = Mapping(
    id="item_id", title="name", texts=("name", "about"), numbers=("price",), lists=("genres",), sensitive="leaning"
)


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def table(count: int = 160) -> list[dict[str, str]]:
    """Rows with four themes, of which the first two lean left, with 19-digit ids."""
    random = np.random.default_rng(4)
    rows = []
    for i in range(count):
        theme = list(THEMES)[i % 4]
        words = " ".join(random.choice(THEMES[theme].split(), 5))
        rows.append(
            {
                "item_id": str(7_300_000_000_000_000_001 + i), "name": f"{theme} {i}", "about": words,
                "genres": f"{theme}|{random.choice(list(THEMES))}", "price": f"{random.lognormal():.2f}",
                "leaning": "left" if i % 4 < 2 else "right", "added": f"2024-01-{i % 28 + 1:02d}",
            }
        )  # fmt: skip
    return rows


def save(path: Path, rows: list[dict[str, str]], *, delimiter=",", encoding="utf-8", end="\n") -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, delimiter=delimiter, lineterminator=end)
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture
def path(tmp_path):
    return save(tmp_path / "shop.csv", table())


@pytest.fixture
def mapping_path(tmp_path):
    (tmp_path / "map.toml").write_text(MAPPING.to_toml(), encoding="utf-8")
    return tmp_path / "map.toml"


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(DataError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_table_becomes_a_catalogue(path):
    catalogue = load_table(path, MAPPING)
    assert (len(catalogue), catalogue.kind, catalogue.generated) == (160, "table", False)
    first = catalogue.profiles[0]
    assert first.id == "7300000000000000001"
    assert first.nickname == "Sci-Fi 0"
    assert first.facts[0][0] == "price"
    assert "#sci_fi" in catalogue.texts[0]
    assert catalogue.numbers.shape == (160, 1)
    assert catalogue.sensitive is not None
    assert catalogue.sensitive.sum() == 80
    assert catalogue.attribute == "prefers items with leaning = right"


@pytest.mark.parametrize(
    ("delimiter", "encoding", "end"),
    [(";", "cp1252", "\r\n"), ("\t", "utf-16", "\n"), (",", "utf-8-sig", "\r\n"), ("|", "utf-8", "\r\n")],
)
def test_however_it_is_written_the_catalogue_is_the_same(tmp_path, path, delimiter, encoding, end):
    rows = [row | {"about": f"{row['about']} café", "genres": row["genres"].replace("|", ",")} for row in table()]
    plain = load_table(save(path, rows), MAPPING)
    other = load_table(save(tmp_path / "o.csv", rows, delimiter=delimiter, encoding=encoding, end=end), MAPPING)
    assert other.content_hash == plain.content_hash


def test_formulas_stay_text_and_are_no_numbers(path):
    rows = table()
    rows[3]["about"] = '=HYPERLINK("http://x")'
    assert '=HYPERLINK("http://x")' in load_table(save(path, rows), MAPPING).texts[3]
    rows[3]["price"] = "=1+1"
    sentence = refusal(load_table, save(path, rows), MAPPING)
    assert "formula" in sentence
    assert "column price, row 5" in sentence


def test_missing_cut_mangled_and_repeated_values_are_noted(path):
    rows = table()
    rows[1]["item_id"] = rows[0]["item_id"]
    rows[2]["item_id"], rows[3]["item_id"] = "", "7.3E+18"
    rows[4]["price"] = "n/a"
    rows[5] |= {"name": "", "about": "", "genres": ""}
    rows[6]["about"] = "x" * 3_000
    catalogue = load_table(save(path, rows), MAPPING)
    notes = " ".join(catalogue.notes)
    assert "1 id occurs more than once, the first '7300000000000000001' in rows 2 and 3; all rows are kept" in notes
    assert "1 id is missing" in notes
    assert "1 id is of the form 1.23E+18" in notes
    assert "1 value of price is missing, counted as the median" in notes
    assert "1 row is without any text" in notes
    assert "1 text is cut" in notes
    assert catalogue.profiles[2].id == "row-4"
    assert catalogue.numbers[4, 0] == np.median(np.delete(catalogue.numbers[:, 0], 4))


def test_a_decimal_comma_is_read_where_semicolons_part(tmp_path):
    rows = [row | {"price": row["price"].replace(".", ",")} for row in table()]
    numbers = load_table(save(tmp_path / "a.csv", rows, delimiter=";"), MAPPING).numbers
    assert numbers[:, 0].tolist() == [float(row["price"]) for row in table()]
    assert "not a number" in refusal(load_table, save(tmp_path / "b.csv", rows), MAPPING)


def test_numbers_below_zero_and_no_numbers_give_features(path):
    rows = [row | {"price": str(float(row["price"]) - 1)} for row in table()]
    save(path, rows)
    for mapping in (MAPPING, replace(MAPPING, numbers=()), Mapping(numbers=("price",))):
        vectors = build_features(load_table(path, mapping), dims=16, cache_dir=None).vectors
        np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1)


@pytest.mark.parametrize(
    ("values", "flagged", "label"),
    [
        (["a"] * 30 + ["b"] * 20 + ["c"] * 10, 30, "leaning = a"),
        ([str(i) for i in range(59)] + [""], 29, "leaning above its median, 29"),
    ],
)
def test_many_values_are_one_against_the_rest(tmp_path, values, flagged, label):
    rows = [row | {"leaning": v} for row, v in zip(table(60), values, strict=True)]
    catalogue = load_table(save(tmp_path / "a.csv", rows), MAPPING)
    assert catalogue.sensitive is not None
    assert catalogue.sensitive.sum() == flagged
    assert label in catalogue.attribute
    assert any(n.startswith("Sensitive:") for n in catalogue.notes)


def test_a_sensitive_value_can_be_named(path):
    assert load_table(path, replace(MAPPING, sensitive_value="left")).attribute.endswith("leaning = left")
    sentence = refusal(load_table, path, replace(MAPPING, sensitive_value="lefft"))
    assert "'lefft'" in sentence
    assert "right" in sentence
    rows = [row | {"leaning": "same"} for row in table()]
    assert "same sensitive value" in refusal(load_table, save(path, rows), MAPPING)


def test_simulated_people_prefer_what_the_column_marks(path):
    features = build_features(load_table(path, MAPPING), dims=16, cache_dir=None)
    histories = simulate_histories(features, users=200, seed=1)
    assert features.sensitive is not None
    share = features.sensitive[histories.liked].mean(axis=1)
    assert share[histories.attribute == 1].mean() > 0.8
    assert share[histories.attribute == 0].mean() < 0.2


def test_features_from_the_cache_keep_the_marks(path, tmp_path):
    catalogue = load_table(path, MAPPING)
    for _ in range(2):
        features = build_features(catalogue, dims=16, cache_dir=tmp_path / "cache")
        np.testing.assert_array_equal(features.sensitive, catalogue.sensitive)


def test_a_large_catalogue_is_learnt_from_a_part(path, monkeypatch):
    catalogue = load_table(path, MAPPING)
    monkeypatch.setattr(text_module, "LARGE", 100)
    seen = []
    features = build_features(catalogue, dims=16, cache_dir=None, progress=lambda *step: seen.append(step))
    np.testing.assert_allclose(np.linalg.norm(features.vectors, axis=1), 1)
    themes = np.arange(160) % 4
    likeness = features.vectors @ features.vectors.T
    same = themes[:, None] == themes[None, :]
    assert likeness[same].mean() > likeness[~same].mean() + 0.3
    assert seen[-1][:2] == (160, 160)
    assert features.topics.max() + 1 == len(features.topic_labels)
    empty = replace(catalogue, texts=("",) * 160)
    np.testing.assert_allclose(np.linalg.norm(build_features(empty, cache_dir=None).vectors, axis=1), 1)


def test_a_mapping_survives_its_file(tmp_path):
    odd = replace(MAPPING, texts=('a "b"\n\\', "\x7f\u2028x"), separator="|", sensitive_value=" x ")
    (tmp_path / "m.toml").write_bytes(odd.to_toml().encode())
    assert read_mapping(tmp_path / "m.toml") == odd
    assert read_mapping(uploads.keep_mapping(odd)) == odd
    (tmp_path / "one.toml").write_text('text = "about"', encoding="utf-8")
    assert read_mapping(tmp_path / "one.toml") == Mapping(texts=("about",))


VALUES = st.none() | st.text(max_size=6) | st.lists(st.text(max_size=6), max_size=3)


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), VALUES))
def test_any_values_make_a_mapping_or_one_sentence(values):
    sentence, mapping = "", None
    try:
        mapping = from_dict(values, where="x")
    except DataError as error:
        sentence = str(error)
    assert bool(sentence) != bool(mapping)
    assert "\n" not in sentence
    assert mapping is None or from_dict(mapping.as_dict()) == mapping


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('txt = ["about"]', "unknown key 'txt' (m.toml); did you mean 'text'?"),
        ('colour = "x"', "the keys are id, title"),
        ('text = ["abot"]', "'abot' that the file does not have (shop.csv); did you mean 'about'?"),
        ('text = ["zzz"]', "its columns are item_id"),
        ("text = 3", "text is not a list of names"),
        ('text = ["name"]\nid = ["a"]', "id is not text"),
        ('text = ["name"]\nnumber = ["name"]', "mapped as text and as number"),
        ('id = "item_id"', "no text, number or list"),
        ('text = ["name"]\nseparator = "||"', "single character"),
        ('text = ["name"]\nsensitive_value = "x"', "sensitive_value"),
        ("text = [", "no TOML"),
        ('number = ["name"]', "column name, row 2"),
        ('list = ["added"]\nsensitive = "lening"', "did you mean 'leaning'?"),
    ],
)
def test_a_wrong_mapping_names_its_key(tmp_path, path, text, words):
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    assert words in refusal(lambda: load_table(path, read_mapping(tmp_path / "m.toml")))


def test_absent_or_binary_mappings_are_refused(tmp_path):
    assert "no such mapping" in refusal(read_mapping, tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in refusal(read_mapping, tmp_path / "b.toml")
    assert "cannot be read" in refusal(read_mapping, tmp_path)


def test_too_few_rows_and_a_column_that_occurs_twice_are_refused(tmp_path):
    assert "only 5 rows" in refusal(load_table, save(tmp_path / "a.csv", table(5)), MAPPING)
    (tmp_path / "b.csv").write_text("a,a\n" + "1,2\n" * 30, encoding="utf-8")
    assert "occurs twice" in refusal(load_table, tmp_path / "b.csv", Mapping(texts=("a",)))


def test_a_guess_fits_and_never_names_a_sensitive_column(path):
    guess = guess_mapping(read_sample(path))
    assert guess.id == "item_id"
    assert guess.title == "name"
    assert "about" in guess.texts
    assert guess.numbers == ("price",)
    assert "genres" in guess.lists
    assert guess.sensitive is None
    assert "added" not in guess.columns
    assert len(load_table(path, guess)) == 160


def test_a_guess_says_when_it_has_none(tmp_path):
    (tmp_path / "a.csv").write_text("link,day\n" + "http://a.b,2024-01-01\n" * 30, encoding="utf-8")
    assert "by hand" in refusal(guess_mapping, read_sample(tmp_path / "a.csv"))


def test_another_schema_without_a_mapping_says_how_to_map(path, tmp_path):
    with pytest.raises(DataError) as caught:
        open_world(data=str(path), items=None, dims=16, seed=0)
    sentence = str(caught.value)
    assert "not of the TikTok-profile schema" in sentence
    assert "its columns are item_id, name" in sentence
    assert "--map" in sentence
    lines = re.search(r"such as: (.*)\.$", sentence)
    assert lines is not None
    (tmp_path / "m.toml").write_text(lines[1].replace("; ", "\n"), encoding="utf-8")
    assert len(load_table(path, read_mapping(tmp_path / "m.toml"))) == 160


def test_a_mapped_file_gives_a_feed_and_an_attack(path, mapping_path):
    request = RunRequest(data=str(path), mapping=str(mapping_path), dims=16, cohort=40)
    record = lab.run(request)
    assert record.failure is None
    overlap = record.metric("top10_overlap")
    assert overlap is not None
    assert (overlap.value, overlap.simulated) == (1.0, True)
    control = record.metric("attribute_advantage_control")
    assert control is not None
    assert control.value is not None
    assert control.value > 0.8
    assert any("simulated" in note for note in record.notes)
    feed, _ = fyp.feed(request, discover())
    assert feed.cards[0]["facts"][0][0] == "price"
    assert len({c["id"] for c in feed.cards}) == 10


def test_the_command_maps(path, mapping_path, capsys):
    options = ["run", "fyp", "--data", str(path), "--dims", "16", "--cohort", "20", "--json"]
    assert main([*options, "--map", str(mapping_path)]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]
    assert main(options) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--map" in err
    assert main(["run", "fyp", "--map", str(mapping_path)]) == 2
    assert "without a CSV" in capsys.readouterr().err


def test_a_changed_file_or_mapping_is_read_anew(path, mapping_path):
    options = {"data": str(path), "mapping": str(mapping_path), "items": None, "dims": 16, "seed": 0}
    first = open_world(**options)
    assert open_world(**options) is first
    mapping_path.write_text(replace(MAPPING, numbers=(), sensitive=None).to_toml(), encoding="utf-8")
    second = open_world(**options)
    assert second.data_hash != first.data_hash
    assert second.features.sensitive is None
    save(path, table(100))
    assert len(open_world(**options).items) == 100


def test_a_small_catalogue_of_two_topics_can_be_attacked():
    record = lab.run(RunRequest(items=25, cohort=40, dims=16))
    assert record.failure is None
    assert record.metric("taste_advantage_control") is not None


def test_one_long_text_does_not_lengthen_every_record(path):
    rows = table()
    rows[0] |= {"about": "\x01é" * 4_000, "name": "n" * 4_000, "item_id": "i" * 4_000}
    catalogue = load_table(save(path, rows), MAPPING)
    world = fyp.World(catalogue, build_features(catalogue, dims=16, cache_dir=None), seed=0)
    assert world.records.shape[1] < 1_500
