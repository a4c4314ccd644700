"""Features: unit rows, topics that match the planted ones, and a cache that can only help."""

import json
import os
import subprocess
import sys
import unicodedata
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError
from tools.profiles.generator import planted_topics
from workloads.fyp.data import build_features, load_default
from workloads.fyp.data.text import tokenise


@pytest.fixture(scope="module")
def catalogue():
    return load_default()


@pytest.fixture(scope="module")
def small():
    return load_default(items=60)


@pytest.fixture(scope="module")
def features(catalogue):
    return build_features(catalogue, cache_dir=None)


def purity(topics, planted):
    hits = [Counter(planted[topics == topic]).most_common(1)[0][1] for topic in np.unique(topics)]
    return sum(hits) / len(topics)


def test_rows_have_length_one_and_arrays_are_frozen(features):
    assert features.vectors.shape == (features.items, features.dims) == (1000, 64)
    np.testing.assert_allclose(np.linalg.norm(features.vectors, axis=1), 1)
    assert features.topics.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        features.vectors[0, 0] = 3


def test_topics_match_the_planted_ones_across_languages(catalogue, features):
    planted = np.array(planted_topics(rows=1000, seed=20260101))
    assert purity(features.topics, planted) > 0.9
    assert purity(build_features(catalogue, dims=32, cache_dir=None).topics, planted) > 0.9


def test_each_topic_has_a_readable_label_of_its_own(features):
    labels = features.topic_labels
    assert len(labels) == len(set(labels)) == 12
    assert all(label[0] == "#" and len(label) < 30 for label in labels)
    assert all(unicodedata.category(label.split()[1][0]) == "So" for label in labels)
    assert {"#fitness", "#cooking", "#booktok"} <= {label.split()[0] for label in labels}


def test_the_same_data_gives_the_same_features(small):
    first, second = (build_features(small, cache_dir=None) for _ in range(2))
    np.testing.assert_array_equal(first.vectors, second.vectors)
    np.testing.assert_array_equal(first.topics, second.topics)
    assert first.content_hash == second.content_hash
    assert build_features(small, dims=32, cache_dir=None).content_hash != first.content_hash


def test_texts_alike_are_closer_than_texts_apart(features):
    likeness = features.vectors @ features.vectors.T
    same = features.topics[:, None] == features.topics[None, :]
    assert likeness[same].mean() > 0.3 > likeness[~same].mean()


@pytest.mark.parametrize("dims", [8, 33, 256])
def test_more_dims_than_the_text_has_are_padded(small, dims):
    features = build_features(small, dims=dims, cache_dir=None)
    assert features.vectors.shape == (60, dims)
    np.testing.assert_allclose(np.linalg.norm(features.vectors, axis=1), 1)
    assert features.topics.max() + 1 == len(features.topic_labels)


@pytest.mark.parametrize("dims", [7, 257, 0, -1])
def test_dims_out_of_bounds_are_refused(small, dims):
    with pytest.raises(DataError, match="8 to 256"):
        build_features(small, dims=dims, cache_dir=None)


@pytest.mark.parametrize("texts", [("",) * 60, ("same words",) * 60, ("!? ...",) * 60, ("a b",) + ("",) * 59])
@pytest.mark.parametrize("flat", [False, True])
def test_poor_texts_and_flat_numbers_still_give_features(small, texts, flat):
    numbers = np.zeros_like(small.numbers) if flat else small.numbers
    features = build_features(replace(small, texts=texts, numbers=numbers), dims=16, cache_dir=None)
    np.testing.assert_allclose(np.linalg.norm(features.vectors, axis=1), 1)
    assert len(set(features.topic_labels)) == features.topics.max() + 1


def test_emoji_hashtags_and_scripts_become_tokens():
    assert tokenise("Leg DAY 🏋🏽‍♀️ #Fit_fam!") == ["leg", "day", "🏋", "♀", "#fit_fam"]
    assert tokenise("कोडिंग और चाय") == ["कोडिंग", "और", "चाय"]
    assert tokenise("рецепты за 5 минут") == ["рецепты", "за", "5", "минут"]
    assert tokenise("# ##") == []


@given(st.text(max_size=60))
def test_tokens_hold_no_space_and_keep_to_the_text(text):
    for token in tokenise(text):
        assert token
        assert not any(character.isspace() for character in token)
        assert token.strip("#")


def test_the_cache_returns_what_was_built(small, tmp_path):
    built = build_features(small, cache_dir=tmp_path / "new" / "cache")
    kept = build_features(small, cache_dir=tmp_path / "new" / "cache")
    np.testing.assert_array_equal(built.vectors, kept.vectors)
    np.testing.assert_array_equal(built.topics, kept.topics)
    assert built.topic_labels == kept.topic_labels
    names = sorted(path.suffix for path in (tmp_path / "new" / "cache").iterdir())
    assert names == [".json", ".npz"]


def test_a_cache_hit_imports_no_learning_library(small, tmp_path):
    build_features(small, cache_dir=tmp_path)
    program = (
        "import sys; from pathlib import Path; from workloads.fyp.data import build_features, load_default\n"
        "build_features(load_default(items=60), cache_dir=Path(sys.argv[1]))\n"
        "print(sorted({'sklearn', 'scipy', 'pandas', 'torch'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def damage_nothing_left(npz, about):
    npz.write_bytes(b"")


def damage_cut_short(npz, about):
    npz.write_bytes(npz.read_bytes()[:100])


def damage_labels_gone(npz, about):
    about.write_text(json.dumps({**json.loads(about.read_text("utf-8")), "labels": []}), "utf-8")


def damage_not_json(npz, about):
    about.write_bytes(b"\xff{")


def damage_wrong_kind(npz, about):
    about.write_text("[1, 2]", "utf-8")


@pytest.mark.parametrize(
    "damage",
    [damage_nothing_left, damage_cut_short, damage_labels_gone, damage_not_json, damage_wrong_kind],
)
def test_a_damaged_entry_is_rebuilt(small, tmp_path, damage):
    built = build_features(small, cache_dir=tmp_path)
    npz, about = (tmp_path / f"{built.content_hash}{suffix}" for suffix in (".npz", ".json"))
    sound = about.read_bytes()
    damage(npz, about)
    again = build_features(small, cache_dir=tmp_path)
    np.testing.assert_array_equal(again.vectors, built.vectors)
    assert again.topic_labels == built.topic_labels
    assert about.read_bytes() == sound


def test_a_cache_that_cannot_be_written_is_done_without(small, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    assert build_features(small, cache_dir=tmp_path / "file").items == 60

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert build_features(small, cache_dir=tmp_path / "full").items == 60
    assert list((tmp_path / "full").iterdir()) == []
