"""A whole world from a mapped CSV: its feed, its attack, the command, and a file that changes."""

import json
from dataclasses import replace

import pytest

from privacy import lab
from privacy.cli import main
from privacy.errors import DataError
from privacy.request import RunRequest
from tests.support import ROOT
from tests.support.rounds import first
from tests.support.shop_table import MAPPING, save, table
from workloads.fyp.data import build_features, load_table
from workloads.fyp.world import World, open_world


@pytest.fixture(autouse=True)
def state(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


@pytest.fixture
def mapping_path(tmp_path):
    (tmp_path / "map.toml").write_text(MAPPING.to_toml(), encoding="utf-8")
    return tmp_path / "map.toml"


def test_a_mapped_file_gives_a_feed_and_an_attack(shop, mapping_path):
    request = RunRequest(data=str(shop), mapping=str(mapping_path), options={"dims": 16, "cohort": 40})
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
    feed, _ = first(request)
    assert feed.cards[0]["facts"][0][0] == "price"
    assert len({c["id"] for c in feed.cards}) == 10


def test_the_command_maps(shop, mapping_path, capsys):
    options = ["run", "fyp", "--data", str(shop), "--dims", "16", "--cohort", "20", "--json"]
    assert main([*options, "--map", str(mapping_path)]) == 0
    assert json.loads(capsys.readouterr().out)["metrics"]
    assert main(options) == 2
    err = capsys.readouterr().err
    assert err.count("\n") == 1
    assert "--map" in err
    assert main(["run", "fyp", "--map", str(mapping_path)]) == 2
    assert "without a CSV" in capsys.readouterr().err


def test_a_changed_file_or_mapping_is_read_anew(shop, mapping_path):
    options = {"data": str(shop), "mapping": str(mapping_path), "items": None, "dims": 16, "seed": 0}
    first = open_world(**options)
    assert open_world(**options) is first
    mapping_path.write_text(replace(MAPPING, numbers=(), sensitive=None).to_toml(), encoding="utf-8")
    second = open_world(**options)
    assert second.data_hash != first.data_hash
    assert second.features.sensitive is None
    save(shop, table(100))
    assert len(open_world(**options).items) == 100


def test_a_small_catalogue_of_two_topics_can_be_attacked():
    record = lab.run(RunRequest(options={"items": 25, "cohort": 40, "dims": 16}))
    assert record.failure is None
    assert record.metric("taste_advantage_control") is not None


def test_one_long_text_does_not_lengthen_every_record(shop):
    rows = table()
    rows[0] |= {"about": "\x01é" * 4_000, "name": "n" * 4_000, "item_id": "i" * 4_000}
    catalogue = load_table(save(shop, rows), MAPPING)
    world = World(catalogue, build_features(catalogue, dims=16, cache_dir=None), seed=0)
    assert world.records.shape[1] < 1_500


def test_a_column_of_one_value_is_refused_with_what_to_do(capsys):
    case = ROOT / "tests" / "cases" / "survey" / "const_category"
    options = ["run", "fyp", "--data", f"{case}.csv", "--map", f"{case}.toml", "--cohort", "20"]
    assert main(options) == 2
    assert "items are alike" in capsys.readouterr().err
    with pytest.raises(DataError, match="column in which they differ"):
        open_world(data=f"{case}.csv", mapping=f"{case}.toml", items=None, dims=16, seed=0)


@pytest.mark.parametrize("values", [2, 3, 5])
def test_a_column_of_few_values_gives_a_feed(tmp_path, values):
    rows = "".join(f"u{i},{i % values}\n" for i in range(40))
    (tmp_path / "a.csv").write_text(f"user,kind\n{rows}", encoding="utf-8")
    for key in ("list", "number"):
        (tmp_path / "m.toml").write_text(f'{key} = ["kind"]\n', encoding="utf-8")
        request = RunRequest(data=str(tmp_path / "a.csv"), mapping=str(tmp_path / "m.toml"), options={"dims": 8})
        assert len(first(request)[0].cards) == 10


def test_labels_are_words_of_the_text_and_no_countries(tmp_path):
    themes = ["the rocket and the planet", "who will cook the onion in the oven", "a goal of the team and the ball"]
    rows = "".join(f"{i},{themes[i % 3]},{['Peru', 'Chad', 'Fiji'][i % 3]}\n" for i in range(90))
    (tmp_path / "a.csv").write_text(f"id,plot,production_countries\n{rows}", encoding="utf-8")
    for key in ("list", "text"):
        lines = 'id = "id"\ntext = ["plot"]\nlist = ["production_countries"]\n'
        lines = lines if key == "list" else 'id = "id"\ntext = ["plot", "production_countries"]\n'
        (tmp_path / "m.toml").write_text(lines, encoding="utf-8")
        made = open_world(
            data=str(tmp_path / "a.csv"), mapping=str(tmp_path / "m.toml"), items=None, dims=16, seed=0
        ).features.topic_labels
        assert set(made) <= {"rocket", "planet", "cook", "onion", "oven", "goal", "team", "ball"}
