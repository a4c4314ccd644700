"""`veilbench compare survey --columns`: one answer for each column, one budget."""

import json
from pathlib import Path

import pytest

from privacy.cli import main
from tests.support import ROOT

DATA = str(ROOT / "tests" / "cases" / "survey" / "f01_sorted_by_class.csv")
COMMAND = ["compare", "survey", "--data", DATA, "--option", "minimum=1", "--option", "rounds=2"]


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def test_every_column_has_an_answer_or_a_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*COMMAND, "--columns", "all", "--stacks", "plain,dp", "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert [(c["column"], c["stack"]) for c in cells] == [
        ("pclass", "plain"), ("pclass", "dp"), ("survived", "plain"), ("survived", "dp"),
    ]  # fmt: skip
    assert cells[2]["record"]["settings"]["answer"]["1"] == pytest.approx(0.38197, abs=1e-5)
    assert cells[1]["record"] is None
    assert "setting values" in cells[1]["refused"]


def test_the_columns_of_a_file_share_one_budget(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "columns.toml"
    path.write_text('[survived]\nquestion = "mean"\nspan = "0..1"\n[pclass]\nvalues = "1|2|3"\n')
    command = [*COMMAND, "--columns", str(path), "--stacks", "dp", "--param", "epsilon=3"]
    assert main([*command, "--json"]) == 0
    cells = json.loads(capsys.readouterr().out)["cells"]
    assert [c["record"]["params"]["epsilon"] for c in cells] == [1.5, 1.5]
    assert cells[0]["record"]["answer"][0]["truth"] == pytest.approx(0.38197, abs=1e-5)
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "epsilon 1.5 for each" in printed
    assert main([*COMMAND, "--columns", str(tmp_path / "none.toml"), "--stacks", "dp"]) == 2


def test_a_workload_without_a_column_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "fyp", "--columns", "all", "--stacks", "plain"]) == 2
    assert "has no column to choose" in capsys.readouterr().err
