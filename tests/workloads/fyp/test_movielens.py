"""MovieLens' three layouts: real people's ratings as histories, movies as items. The rows here are made up."""

from pathlib import Path

import numpy as np
import pytest

from privacy import lab
from privacy.cli import main
from privacy.errors import DataError, UnknownNameError
from privacy.request import RunRequest
from privacy.results import RunRecord
from tests.support.made_movielens import LAYOUTS, MOVIES, USERS, hundred_thousand, latest, movies, one_million, ratings
from tests.support.rounds import first
from workloads.fyp.data import build_features, load_movielens
from workloads.fyp.data.movielens_files import read_likes
from workloads.fyp.world import open_world


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture(params=LAYOUTS, ids=lambda f: f.__name__)
def folder(request, tmp_path) -> Path:
    return request.param(tmp_path / "ml")


@pytest.fixture
def world(folder):
    return open_world(data=str(folder), items=None, dims=32, seed=0)


def refusal(call, *arguments, **options) -> str:
    with pytest.raises(DataError) as caught:
        call(*arguments, **options)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_movies_become_items_and_ratings_people(folder):
    catalogue = load_movielens(folder)
    assert (len(catalogue), catalogue.kind) == (MOVIES, "movielens")
    assert catalogue.profiles[0].nickname == "Café Action No. 0, The (1950)"
    assert catalogue.profiles[0].facts == (("year", "1950"),)
    assert catalogue.numbers[:3, 0].tolist() == [1950, 1951, 1952]
    assert "#sci_fi" in catalogue.texts[5]
    people = catalogue.people
    assert people is not None
    assert len(people) < USERS
    assert "4" not in people.ids
    assert any(f"{USERS - len(people)} with fewer are left out" in n for n in catalogue.notes)
    assert set(people.attribute.tolist()) == {0, 1}


def test_likes_are_in_order_of_time_and_held_out_last(folder):
    people = load_movielens(folder).people
    assert people is not None
    when = {(u, m): (t, place) for place, (u, m, _, t) in enumerate(ratings())}
    high = {(u, m) for u, m, r, _ in ratings() if r >= 4}
    for ident, liked, held_out in zip(people.ids, people.liked, people.held_out, strict=True):
        mine = [(int(ident), int(i) + 1) for i in (*liked, *held_out)]
        assert len(set(mine)) == len(mine)
        assert set(mine) <= high
        times = [when[pair] for pair in mine]
        assert times == sorted(times)
        assert times[-1] == max(when[pair] for pair in high if pair[0] == int(ident))


def test_the_attribute_is_what_the_data_says_of_a_person(tmp_path):
    for make, stated in ((latest, False), (one_million, True), (hundred_thousand, True)):
        catalogue = load_movielens(make(tmp_path / make.__name__))
        people = catalogue.people
        assert people is not None
        if stated:
            assert catalogue.attribute == "gender F in the file of users"
            assert people.attribute.tolist() == [int(u) % 2 for u in people.ids]
        else:
            assert "derived from the ratings" in catalogue.attribute
            assert 0.3 < people.attribute.mean() <= 0.5


def test_tags_join_the_texts(tmp_path):
    catalogue = load_movielens(latest(tmp_path / "ml"))
    assert catalogue.profiles[0].biography == "Action · funny · dark"
    assert "#funny" in catalogue.texts[0]


def test_histories_are_real_and_without_the_personas(world):
    histories = world.histories(users=60)
    assert not histories.simulated
    assert not world.simulated
    assert len(histories) == 60
    fewer = world.histories(users=40)
    np.testing.assert_array_equal(fewer.liked, histories.liked[:40])
    assert len(world.personas) == 6
    shown = {persona.liked for persona in world.personas}
    everyone = world.histories(users=10_000)
    assert len(everyone) % 2 == 0
    assert len(everyone) <= len(world.catalogue.people) - 6
    assert not shown & {tuple(row) for row in everyone.liked.tolist()}
    other = open_world(data=None, items=None, dims=32, seed=0)
    assert other.simulated


def test_personas_are_real_people_under_pseudonyms(world):
    first = world.personas[0]
    assert not first.simulated
    assert first.name == f"user {first.id.removeprefix('user-')}"
    assert "simulated" not in first.blurb.lower()
    assert world.persona(first.id) is world.persona("ada") is first
    with pytest.raises(UnknownNameError, match="user-"):
        world.persona("user-99999")


def metric(record: RunRecord, key: str):
    found = record.metric(key)
    assert found is not None
    return found


def test_figures_over_real_people_do_not_claim_to_be_simulated(tmp_path):
    record = lab.run(RunRequest(data=str(one_million(tmp_path / "ml")), options={"cohort": 200, "dims": 32}))
    assert record.failure is None
    for key in ("top10_overlap", "ndcg_at_10", "recall_at_10", "attribute_advantage", "attribute_advantage_control"):
        assert not metric(record, key).simulated
    n = metric(record, "recall_at_10").n
    assert n is not None
    assert 20 <= n < 200
    assert metric(record, "attribute_advantage_control").n == n
    assert metric(record, "attribute_advantage_control").value > 0.8
    assert metric(record, "recall_at_10").value > metric(record, "recall_at_10").chance
    notes = " ".join(record.notes)
    assert "real people" in notes
    assert "ada is user" in notes
    assert "400 people were asked for" in notes
    assert "simulated" not in notes


def test_a_target_in_which_nobody_differs_has_no_figure(tmp_path):
    folder = one_million(tmp_path / "ml")
    (folder / "users.dat").unlink()
    rows = "".join(f"{i}::{title}::\n" for i, title, _ in movies())
    (folder / "movies.dat").write_bytes(rows.encode("latin-1"))
    record = lab.run(RunRequest(data=str(folder), options={"cohort": 20, "dims": 16}))
    assert metric(record, "attribute_advantage").value is None
    assert "have the same value" in metric(record, "attribute_advantage_control").note


def test_too_few_people_for_an_evaluation_are_a_sentence(tmp_path):
    folder = one_million(tmp_path / "ml")
    few = "".join("::".join(map(str, row)) + "\n" for row in ratings() if row[0] <= 30)
    (folder / "ratings.dat").write_text(few, "utf-8")
    request = RunRequest(data=str(folder), options={"cohort": 20, "dims": 16})
    assert "40 are needed" in refusal(lab.run, request)
    assert len(first(request)[0].cards) == 10


def test_the_first_movies_alone(folder):
    catalogue = load_movielens(folder, items=60)
    assert len(catalogue) == 60
    assert any("not in the catalogue" in n for n in catalogue.notes)
    assert catalogue.content_hash != load_movielens(folder).content_hash
    assert build_features(catalogue, dims=16, cache_dir=None).items == 60


@pytest.mark.parametrize(
    ("name", "body", "words"),
    [
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,1,five,3\n", "(ratings.csv, column rating, row 2)"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,1,nan,3\n", "column rating, row 2"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,1,5,noon\n", "column timestamp, row 2"),
        ("ratings.csv", "userId,movieId,stars,timestamp\n1,1,5,1\n", "column rating is not there"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n", "no ratings"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,1,5,1\n", "each needs 8 ratings"),
        ("ratings.csv", "userId,movieId,rating,timestamp\n1,999999,5,1\n", "each needs 8 ratings"),
        ("movies.csv", "movieId,title,genres\n1,A (1990),Drama\n", "only 1 movie"),
        ("movies.csv", "movieId,title,genres\n,A (1990),Drama\n", "column movieId, row 2"),
    ],
)  # fmt: skip
def test_a_broken_file_is_named_with_column_and_row(tmp_path, name, body, words):
    folder = latest(tmp_path / "ml")
    (folder / name).write_text(body, "utf-8")
    assert words in refusal(load_movielens, folder)


def test_short_rows_and_other_folders_are_refused(tmp_path):
    folder = one_million(tmp_path / "ml")
    (folder / "ratings.dat").write_text("1::2::5::7\n1,2,5,8\n", "utf-8")
    assert "1 field of at least 4 (ratings.dat, row 2)" in refusal(load_movielens, folder)
    (tmp_path / "other").mkdir()
    assert "movies.csv" in refusal(load_movielens, tmp_path / "other")
    assert "cannot be read" in refusal(load_movielens, tmp_path / "absent")
    assert "items" in refusal(load_movielens, folder, items=3)


def test_the_command_takes_a_folder(tmp_path, capsys):
    assert main(["run", "fyp", "--data", str(latest(tmp_path / "ml")), "--cohort", "20", "--dims", "16"]) == 0
    out = capsys.readouterr().out
    assert "simulated" not in out
    (tmp_path / "empty").mkdir()
    assert main(["run", "fyp", "--data", str(tmp_path / "empty")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_ratings_past_the_limit_are_not_read(tmp_path):
    from workloads.fyp.data.movielens_files import find_layout

    layout = find_layout(one_million(tmp_path / "ml"))
    names, likes, notes, _ = read_likes(layout, {str(i): i for i in range(1, MOVIES + 1)}, None, most=70)
    assert names == ["1", "2"]
    assert len(likes.item) <= 70
    assert notes[0] == "The first 70 ratings are used."
