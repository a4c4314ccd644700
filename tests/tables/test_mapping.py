"""Mappings of own data: their files, what they refuse, and what is guessed."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError
from privacy.services import uploads
from privacy.tables.mapping import KEYS, from_dict
from tests.support import ROOT
from tests.support.shop_table import MAPPING, refusal
from workloads.fyp.data import Mapping, guess_mapping, load_table, read_mapping, read_sample
from workloads.fyp.world import open_world


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


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
def test_a_wrong_mapping_names_its_key(tmp_path, shop, text, words):
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    assert words in refusal(lambda: load_table(shop, read_mapping(tmp_path / "m.toml")))


def test_absent_or_binary_mappings_are_refused(tmp_path):
    assert "no such mapping" in refusal(read_mapping, tmp_path / "none.toml")
    (tmp_path / "b.toml").write_bytes(b"\xff\xfe")
    assert "not UTF-8" in refusal(read_mapping, tmp_path / "b.toml")
    assert "cannot be read" in refusal(read_mapping, tmp_path)


def test_a_guess_fits_and_never_names_a_sensitive_column(shop):
    guess = guess_mapping(read_sample(shop))
    assert guess.id == "item_id"
    assert guess.title == "name"
    assert "about" in guess.texts
    assert guess.numbers == ("price",)
    assert "genres" in guess.lists
    assert guess.sensitive is None
    assert "added" not in guess.columns
    assert len(load_table(shop, guess)) == 160


def test_a_guess_says_when_it_has_none(tmp_path):
    (tmp_path / "a.csv").write_text("link,day\n" + "http://a.b,2024-01-01\n" * 30, encoding="utf-8")
    assert "by hand" in refusal(guess_mapping, read_sample(tmp_path / "a.csv"))


def test_another_schema_without_a_mapping_says_how_to_map(shop, tmp_path):
    with pytest.raises(DataError) as caught:
        open_world(data=str(shop), items=None, dims=16, seed=0)
    sentence = str(caught.value)
    assert "not of the TikTok-profile schema" in sentence
    assert "its columns are item_id, name" in sentence
    assert "--map" in sentence
    lines = re.search(r"such as: (.*)\.$", sentence)
    assert lines is not None
    (tmp_path / "m.toml").write_text(lines[1].replace("; ", "\n"), encoding="utf-8")
    assert len(load_table(shop, read_mapping(tmp_path / "m.toml"))) == 160


def test_a_guess_prefers_a_name_over_what_a_column_holds():
    guess = guess_mapping(read_sample(ROOT / "tests" / "cases" / "survey" / "f24_metadata_title_guess.csv"))
    assert (guess.id, guess.title, guess.lists) == ("id", "title", ("genres",))
    assert "overview" in guess.texts
    assert not {"production_companies", "production_countries", "belongs_to_collection"} & set(guess.columns)


def test_a_title_of_numbers_and_a_category_of_countries_are_known_by_name(tmp_path):
    body = "id,Title,plot,country,genre\n"
    body += "".join(
        f"{i},{1900 + i},Long words about {i} and more,{'Peru' if i % 2 else 'Chad'},g{i % 3}\n" for i in range(60)
    )
    (tmp_path / "a.csv").write_text(body, encoding="utf-8")
    guess = guess_mapping(read_sample(tmp_path / "a.csv"))
    assert (guess.title, guess.numbers, guess.lists) == ("Title", (), ("genre",))


def test_a_mapping_names_columns_by_number_or_beginning(tmp_path, shop):
    (tmp_path / "m.toml").write_text('id = "1"\ntitle = "nam"\ntext = ["About"]\nlist = ["4"]\n', encoding="utf-8")
    short = load_table(shop, read_mapping(tmp_path / "m.toml"))
    whole = load_table(shop, Mapping(id="item_id", title="name", texts=("about",), lists=("genres",)))
    assert short.content_hash == whole.content_hash
    assert "column 'a' is" not in " ".join(short.notes)
    (tmp_path / "m.toml").write_text('text = ["a"]\n', encoding="utf-8")
    assert "In the mapping's text, 2 columns begin with 'a'" in refusal(
        load_table, shop, read_mapping(tmp_path / "m.toml")
    )
