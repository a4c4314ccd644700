"""What our contracts cost: the same on every chain, little where it matters, and beside theirs where that is known."""

import json
from pathlib import Path

import pytest

from privacy.benches.gas import GUESTS, Row, measure
from privacy.cli import main
from tests.support import ROOT
from tests.support.chains import stage
from tests.support.soaking import in_soak

COMMIT = 80_000


def rows_on(kind: str, folder: Path) -> list[Row]:
    with stage(kind, folder) as on:
        signer = on.rich(bytes([200]) * 32)
        return measure(on.chain, signer, lambda *_: None, key=lambda at: bytes([201 + at]) * 32)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    return rows_on("embedded", tmp_path_factory.mktemp("embedded"))


@pytest.mark.parametrize("kind", ["anvil", in_soak("chains", "hardhat")])
def test_every_action_costs_the_same_elsewhere(kind: str, tmp_path: Path, here: list[Row]) -> None:
    assert rows_on(kind, tmp_path) == here


def test_a_commit_costs_little_whatever_the_model(here: list[Row]) -> None:
    commits = [row.gas for row in here if row.action.startswith("commit")]
    assert len(commits) == 6
    assert max(commits) <= COMMIT
    assert max(commits) - min(commits) < 5_000


def test_a_row_counts_what_it_says(here: list[Row]) -> None:
    found = {row.action: row for row in here}
    five = found["have five in a room, each by an own act"]
    assert five.transactions == 1 + GUESTS
    assert five.gas >= found["create a room, four invited"].gas + GUESTS * (found["join a room"].gas - 100)
    assert five.ratio == 231_872 / five.gas
    assert found["join a room"].ratio is None


def test_the_documentation_has_these_figures(here: list[Row]) -> None:
    text = (ROOT / "docs" / "contracts.md").read_text(encoding="utf-8")
    for row in here:
        theirs = f"{row.theirs_gas:,} | {row.ratio:.1f} | {row.theirs}" if row.ratio else " |  | "
        assert f"| {row.action} | {row.gas:,} | {theirs}".replace("  ", " ") in text


@pytest.mark.soak("chains")
def test_the_bench_prints_one_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    assert main(["bench", "gas", "--quick", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    added = found["workloads"]["labeling"]
    assert (added["source"], added["quick"]) == ("measured", True)
    assert {target["met"] for target in added["targets"].values()} == {None}
    assert (found["source"], found["theirs"]["source"], found["chain"]["name"]) == ("measured", "declared", "embedded")
    assert all(row["gas"] > 20_000 for row in found["rows"])
    assert main(["bench", "gas", "--chain", "embeded"]) == 2
    assert "did you mean embedded?" in capsys.readouterr().err
