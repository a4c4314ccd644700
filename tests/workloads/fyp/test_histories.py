"""Simulated viewers: reproducible one by one, and with a sensitive bit that plain tastes give away."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.errors import DataError
from tools.profiles.generator import generate_profiles, write_csv
from workloads.fyp.data import (
    build_features,
    load_default,
    load_profiles,
    personas,
    simulate_histories,
    taste_vector,
)


@pytest.fixture(scope="module")
def features():
    return build_features(load_default(), cache_dir=None)


@pytest.fixture(scope="module")
def unplanted(tmp_path_factory):
    """Features of a file whose texts are words drawn without any topic."""
    random = np.random.default_rng(0)
    words = ["river", "stone", "table", "moon", "paint", "glass", "orbit", "cabin", "fever", "lemon", "chalk"]
    frame = generate_profiles(rows=600, seed=3)
    for column, length in (("nickname", 2), ("biography", 5)):
        frame[column] = [" ".join(random.choice(words, length)) for _ in range(len(frame))]
    path = tmp_path_factory.mktemp("data") / "unplanted.csv"
    write_csv(frame, path)
    return build_features(load_profiles(path), cache_dir=None)


def attribute_auc(features, seed):
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score

    histories = simulate_histories(features, users=400, seed=seed)
    tastes = np.stack([taste_vector(features.vectors, liked) for liked in histories.liked])
    model = LogisticRegression(max_iter=1000).fit(tastes[:200], histories.attribute[:200])
    return roc_auc_score(histories.attribute[200:], model.decision_function(tastes[200:]))


def test_shapes_repeats_and_overlap(features):
    histories = simulate_histories(features, users=50, seed=1)
    assert histories.liked.shape == (50, 24)
    assert histories.held_out.shape == (50, 8)
    assert histories.simulated
    assert len(histories) == 50
    for liked, held_out in zip(histories.liked, histories.held_out, strict=True):
        assert len({*liked, *held_out}) == 32
    assert set(histories.attribute) == {0, 1}


def test_the_favourite_is_the_most_liked_topic(features):
    histories = simulate_histories(features, users=50, seed=1)
    for liked, favourite in zip(histories.liked, histories.favourite_topic, strict=True):
        counts = np.bincount(features.topics[liked])
        assert counts[favourite] == counts.max()


def test_a_viewer_does_not_depend_on_how_many_there_are(features):
    few, many = (simulate_histories(features, users=users, seed=7) for users in (10, 30))
    for name in ("liked", "held_out", "attribute", "favourite_topic"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name)[:10])
    other = simulate_histories(features, users=10, seed=8)
    assert not np.array_equal(other.liked, few.liked)


@pytest.mark.parametrize("seed", range(5))
def test_plain_tastes_give_the_attribute_away(features, seed):
    assert attribute_auc(features, seed) >= 0.95


@pytest.mark.parametrize("seed", range(3))
def test_so_they_do_in_few_dims_and_without_planted_topics(unplanted, seed):
    assert attribute_auc(build_features(load_default(), dims=32, cache_dir=None), seed) >= 0.95
    assert attribute_auc(unplanted, seed) >= 0.95


def test_held_out_items_are_nearer_to_the_taste_than_others(features):
    histories = simulate_histories(features, users=40, seed=2)
    gain = []
    for liked, held_out in zip(histories.liked, histories.held_out, strict=True):
        scores = features.vectors @ taste_vector(features.vectors, liked)
        gain.append(scores[held_out].mean() - np.delete(scores, [*liked, *held_out]).mean())
    assert np.mean(gain) > 0.1


@pytest.mark.parametrize("items", [20, 33, 130])
def test_small_catalogues_have_shorter_histories(items):
    small = build_features(load_default(items=items), dims=16, cache_dir=None)
    histories = simulate_histories(small, users=20, seed=0)
    assert histories.liked.shape[1] >= 10
    assert histories.held_out.shape[1] >= 3
    both = np.hstack([histories.liked, histories.held_out])
    assert all(len(set(row)) == both.shape[1] for row in both.tolist())
    assert both.max() < items
    assert len(personas(small, seed=0)) == 6


@pytest.mark.parametrize("seed", range(4))
def test_six_personas_with_a_favourite_each(features, seed):
    people = personas(features, seed=seed)
    assert [person.id for person in people] == ["ada", "bruno", "chika", "dilan", "emre", "freya"]
    assert len({person.favourite_topic for person in people}) == 6
    assert sum(person.attribute for person in people) == 3
    for person in people:
        assert "imulated" in person.blurb
        assert features.topic_labels[person.favourite_topic] in person.blurb
        counts = np.bincount(features.topics[list(person.liked)])
        assert counts.argmax() == person.favourite_topic
        assert not set(person.liked) & set(person.held_out)
    assert people == personas(features, seed=seed)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=30))
def test_a_taste_has_length_one_and_forgets_the_order(liked):
    vectors = np.abs(np.random.default_rng(0).normal(size=(10, 6)))
    taste = taste_vector(vectors, liked)
    assert np.linalg.norm(taste) == pytest.approx(1)
    np.testing.assert_allclose(taste, taste_vector(vectors, liked[::-1]))
    if len(set(liked)) == 1:
        np.testing.assert_allclose(taste, vectors[liked[0]] / np.linalg.norm(vectors[liked[0]]))


@pytest.mark.parametrize("liked", [[], [4], [-1], [0.5], [[0, 1]], ["a"], [0, 1]])
def test_impossible_likes_are_refused(liked):
    vectors = np.array([[1.0, 0.0], [-1.0, 0.0], [0.0, 1.0]])
    with pytest.raises(DataError):
        taste_vector(vectors, liked)


@pytest.mark.parametrize(("users", "seed"), [(0, 1), (-1, 1), (3, -1)])
def test_impossible_requests_are_refused(features, users, seed):
    with pytest.raises(DataError):
        simulate_histories(features, users=users, seed=seed)


def test_the_first_persona_is_one_whose_feed_noise_moves(features):
    """Whichever topic a randomiser releases, one of her best ten is not among what is fetched."""
    ada = personas(features, seed=0, fetched=200)[0]
    scores = features.vectors @ taste_vector(features.vectors, ada.liked)
    scores[list(ada.liked)] = -np.inf
    best = set(np.argsort(-scores)[:10].tolist())
    for topic in range(len(features.topic_labels)):
        centre = features.vectors[features.topics == topic].mean(axis=0)
        assert best - set(np.argsort(-(features.vectors @ centre))[:200].tolist())
    # Where all is fetched nothing can move, and the first is as before.
    assert personas(features, seed=0, fetched=features.items) == personas(features, seed=0)
