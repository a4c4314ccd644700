"""The command that compares: its document, table and reports, mistakes, and Ctrl-C."""

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.compare.plan import Plan
from privacy.registry import discover
from tests.support.compare_runs import first_kept, furnished, plan, wait
from tests.support.waiting import CAP


@pytest.fixture(autouse=True)
def state(tmp_path: Path, features: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return furnished(tmp_path, features)


def compare(*arguments: str) -> int:
    try:
        return main(["compare", "fyp", "--cohort", "20", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)


def test_the_command_prints_one_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("--stacks", "plain,noise", "--sweep", "epsilon=0.5,4", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert set(found) == {"schema", "comparison", "plan", "cells"}
    assert [(c["label"], c["stack"], c["swept"]) for c in found["cells"]] == [
        ("plain", "plain", None), ("noise at 0.5", "noise", 0.5), ("noise at 4", "noise", 4.0),
    ]  # fmt: skip
    assert found["comparison"] == Plan.from_dict(found["plan"], discover()).id
    for cell in found["cells"]:
        assert cell["record"]["stack"] == cell["stack"]
        assert cell["record"]["failure"] is None
    towards = found["cells"][1]["record"]["guarantee"]["towards"]
    assert [t["output"]["epsilon"] for t in towards] == [0.5]


def test_the_command_prints_a_table_and_writes_reports(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], ran: list[str]
) -> None:
    paths = tmp_path / "r.csv", tmp_path / "r.html"
    assert compare("--stacks", "plain,local", "--csv", str(paths[0]), "--html", str(paths[1])) == 0
    out, err = capsys.readouterr()
    for word in ("plain", "local", "top10_overlap", "attribute_advantage_scoring", "bytes_setup", "1.00 [", "failed"):
        assert word in out
    assert f"wrote {paths[1]}" in err
    rows = list(csv.DictReader(paths[0].read_bytes().decode().splitlines()))
    assert {r["stack"] for r in rows} == {"plain", "local"}
    assert paths[1].read_text(encoding="utf-8").startswith("<!doctype html>")
    assert compare("--stacks", "plain,local") == 0
    assert compare("--stacks", "plain,local", "--fresh") == 0
    assert ran == ["plain", "local"] * 2


def test_a_failed_cell_is_exit_1_and_the_others_are_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare("--stacks", "breaks,plain", "--json") == 1
    out, err = capsys.readouterr()
    broken, plain = json.loads(out)["cells"]
    assert "ZeroDivisionError" in broken["record"]["failure"]
    assert plain["record"]["metrics"]
    assert "veilbench: breaks:" in err


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["--stacks", "plian"], "plain"),
        (["--stacks", ","], "at least one"),
        (["--stacks", "noise", "--sweep", "epsilon"], "epsilon=0.5"),
        (["--stacks", "plain", "--sweep", "epsilon=1"], "epsilon"),
        (["--stacks", "plain", "--user", "own"], "own"),
        (["--stacks", "plain", "--user", "nobody"], "user"),
        (["--stacks", "plain", "--html", "/no/such/folder/r.html"], "folder"),
        (["--stacks", "plain", "--csv", "/tmp"], "/tmp"),
        (["--stacks", "plain", "--data", "/no/such/file.csv"], "no such file"),
        (["--stacks", "plain", "--param", "x"], "name=value"),
        ([], "--stacks"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(
    arguments: list[str], names: str, capsys: pytest.CaptureFixture[str], ran: list[str]
) -> None:
    assert compare(*arguments) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert names in err


def test_ctrl_c_keeps_what_has_run_and_a_second_call_goes_on(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = [sys.executable, "-m", "privacy", "compare", "fyp", "--cohort", "20", "--stacks", "plain,slow", "--json"]
    command += ["--param", "rest=0.05"]
    wanted = plan("plain", "slow", params={"rest": 0.05})

    # Whoever runs the tests in the background ignores Ctrl+C, which a child would inherit.
    def heed() -> None:
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, preexec_fn=heed, **pipes) as process:
        wait(first_kept(wanted))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=CAP)
    assert process.returncode == 130
    assert json.loads(out) == {"error": "Stopped."}
    assert "1 of 2 runs" in err
    (path,) = (state / "runs").glob("*.json")
    before = path.stat().st_mtime_ns
    assert main(command[3:]) == 0
    assert [c["record"]["stack"] for c in json.loads(capsys.readouterr().out)["cells"]] == ["plain", "slow"]
    assert path.stat().st_mtime_ns == before
