"""A whole world from a mapped CSV: its feed, its attack, the command, and a file that changes."""

import json
from dataclasses import replace

import pytest

from privacy import lab
from privacy.cli import main
from privacy.request import RunRequest
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
