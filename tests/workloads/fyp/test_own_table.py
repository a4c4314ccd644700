"""A CSV that nobody prepared, under a mapping: its catalogue, what is noted or refused, and its features."""

from dataclasses import replace

import numpy as np
import pytest

from tests.support.shop_table import MAPPING, refusal, save, table
from workloads.fyp.data import Mapping, build_features, load_table, simulate_histories
from workloads.fyp.data import text as text_module


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def test_a_table_becomes_a_catalogue(shop):
    catalogue = load_table(shop, MAPPING)
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
def test_however_it_is_written_the_catalogue_is_the_same(tmp_path, shop, delimiter, encoding, end):
    rows = [row | {"about": f"{row['about']} café", "genres": row["genres"].replace("|", ",")} for row in table()]
    plain = load_table(save(shop, rows), MAPPING)
    other = load_table(save(tmp_path / "o.csv", rows, delimiter=delimiter, encoding=encoding, end=end), MAPPING)
    assert other.content_hash == plain.content_hash


def test_formulas_stay_text_and_are_no_numbers(shop):
    rows = table()
    rows[3]["about"] = '=HYPERLINK("http://x")'
    assert '=HYPERLINK("http://x")' in load_table(save(shop, rows), MAPPING).texts[3]
    rows[3]["price"] = "=1+1"
    sentence = refusal(load_table, save(shop, rows), MAPPING)
    assert "formula" in sentence
    assert "column price, row 5" in sentence


def test_missing_cut_mangled_and_repeated_values_are_noted(shop):
    rows = table()
    rows[1]["item_id"] = rows[0]["item_id"]
    rows[2]["item_id"], rows[3]["item_id"] = "", "7.3E+18"
    rows[4]["price"] = "n/a"
    rows[5] |= {"name": "", "about": "", "genres": ""}
    rows[6]["about"] = "x" * 3_000
    catalogue = load_table(save(shop, rows), MAPPING)
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


def test_numbers_below_zero_and_no_numbers_give_features(shop):
    rows = [row | {"price": str(float(row["price"]) - 1)} for row in table()]
    save(shop, rows)
    for mapping in (MAPPING, replace(MAPPING, numbers=()), Mapping(numbers=("price",))):
        vectors = build_features(load_table(shop, mapping), dims=16, cache_dir=None).vectors
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


def test_a_sensitive_value_can_be_named(shop):
    assert load_table(shop, replace(MAPPING, sensitive_value="left")).attribute.endswith("leaning = left")
    sentence = refusal(load_table, shop, replace(MAPPING, sensitive_value="lefft"))
    assert "'lefft'" in sentence
    assert "right" in sentence
    rows = [row | {"leaning": "same"} for row in table()]
    assert "same sensitive value" in refusal(load_table, save(shop, rows), MAPPING)


def test_simulated_people_prefer_what_the_column_marks(shop):
    features = build_features(load_table(shop, MAPPING), dims=16, cache_dir=None)
    histories = simulate_histories(features, users=200, seed=1)
    assert features.sensitive is not None
    share = features.sensitive[histories.liked].mean(axis=1)
    assert share[histories.attribute == 1].mean() > 0.8
    assert share[histories.attribute == 0].mean() < 0.2


def test_features_from_the_cache_keep_the_marks(shop, tmp_path):
    catalogue = load_table(shop, MAPPING)
    for _ in range(2):
        features = build_features(catalogue, dims=16, cache_dir=tmp_path / "cache")
        np.testing.assert_array_equal(features.sensitive, catalogue.sensitive)


def test_a_large_catalogue_is_learnt_from_a_part(shop, monkeypatch):
    catalogue = load_table(shop, MAPPING)
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


def test_too_few_rows_and_a_column_that_occurs_twice_are_refused(tmp_path):
    assert "only 5 rows" in refusal(load_table, save(tmp_path / "a.csv", table(5)), MAPPING)
    (tmp_path / "b.csv").write_text("a,a\n" + "one,two\n" * 30, encoding="utf-8")
    assert "2 columns begin with 'a'" in refusal(load_table, tmp_path / "b.csv", Mapping(texts=("a",)))
    assert load_table(tmp_path / "b.csv", Mapping(texts=("2",))).texts[0] == "two"
