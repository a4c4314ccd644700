"""The settings of a run on the command line: where its data are."""

import json
from pathlib import Path

import pytest

from privacy.cli import main

ANSWERS = "id,q\n" + "".join(f"{i},{i % 5 + 1}\n" for i in range(40))


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "x.csv").write_text(ANSWERS, encoding="utf-8")


def test_a_tilde_is_the_home_folder_for_every_workload(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    options = ["--json", "--data=~/x.csv", "--devices", "40", "--minimum", "1"]
    assert main(["run", "survey", *options, "--column", "q", "--question", "mean"]) == 0
    assert json.loads(capsys.readouterr().out)["data_hash"]
    (tmp_path / "m.toml").write_text('list = ["q"]\n', encoding="utf-8")
    assert main(["run", "fyp", "--data=~/x.csv", "--map=~/m.toml", "--cohort", "20", "--dims", "8"]) == 0
    assert main(["run", "survey", "--data=~nobody-here/x.csv", "--column", "q"]) == 2


def test_a_pipe_is_refused_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "survey", "--data", "/dev/null", "--column", "q"]) == 2
    assert "save it as a file first" in capsys.readouterr().err
