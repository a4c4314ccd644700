"""The command line: one JSON document, one sentence for a mistake, exit codes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from privacy.cli import main
from tests.support.compare_runs import PLUGINS
from workloads.fyp.data.loader import SHIPPED

METRICS = {
    "top10_overlap", "ndcg_at_10", "recall_at_10", "setup_seconds", "client_seconds", "server_seconds",
    "bytes_setup", "bytes_up", "bytes_down", "attribute_advantage_scoring", "attribute_advantage",
}  # fmt: skip


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "home"))


def test_run_prints_one_run_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "fyp", "--stack", "plain", "--cohort", "60", "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    for key in ("schema", "workload", "stack", "params", "seed", "versions", "data_hash", "guarantee", "failure"):
        assert key in record
    assert {m["key"] for m in record["metrics"]} >= METRICS
    for metric in record["metrics"]:
        assert {"key", "value", "low", "high", "n", "unit", "better", "source", "simulated"} <= set(metric)
    messages = record["transcript"]["messages"]
    assert [m["kind"] for m in messages] == ["vector", "scores", "indices", "records"]
    assert {"seq", "round", "sender", "receiver", "kind", "exposure", "bytes"} <= set(messages[0])


def test_the_seed_drives_data_and_attack_but_not_time(capsys: pytest.CaptureFixture[str]) -> None:
    figures = []
    for seed in ("3", "3", "4"):
        main(["run", "fyp", "--cohort", "40", "--seed", seed, "--json"])
        metrics = json.loads(capsys.readouterr().out)["metrics"]
        figures.append([(m["key"], m["value"]) for m in metrics if not m["key"].endswith("seconds")])
    assert figures[0] == figures[1] != figures[2]


def test_a_table_is_printed_without_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "fyp", "--stack", "local", "--cohort", "20"]) == 0
    out = capsys.readouterr().out
    assert "nothing sent" in out
    assert "local" in out


def broken(tmp_path: Path, name: str) -> list[str]:
    """A file that cannot be used, as `--data`."""
    path = tmp_path / f"{name}.csv"
    text = SHIPPED.read_text(encoding="utf-8")
    if name == "binary":
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(200))
    elif name == "empty":
        path.write_bytes(b"")
    elif name == "column":
        path.write_text(text.replace("followers", "folowers", 1), encoding="utf-8")
    elif name == "header":
        path.write_text(text.split("\n")[0] + "\n", encoding="utf-8")
    elif name == "unusable":
        columns = text.split("\n")[0].count(",") + 1
        path.write_text(text.split("\n")[0] + "\n" + (",".join(['"null"'] * columns) + "\n") * 30, encoding="utf-8")
    return ["--data", str(path)]


MISTAKES = [
    (["--data", "/no/such/file.csv"], "no such file"),
    ("binary", "binary.csv"),
    ("empty", "empty"),
    ("header", "header.csv"),
    ("column", "followers"),
    ("unusable", "no row"),
    (["--user", "nobody"], "user"),
    (["--stack", "plan"], "plain"),
    (["--stack", "he", "--param", "preset=huge"], "exact"),
    (["--stack", "he", "--param", "prest=exact"], "preset"),
    (["--param", "preset"], "name=value"),
    (["--param", "x=1"], "no parameters"),
    (["--items", "3"], "3 items"),
    (["--dims", "1"], "dims"),
    (["--seed", "-1"], "seed"),
    (["--cohort", "1"], "cohort"),
    (["--items", "many"], "many"),
    (["--user", "own"], "own"),
]


@pytest.mark.parametrize(("arguments", "names"), MISTAKES, ids=lambda v: str(v)[:40])
def test_a_mistake_is_one_sentence_and_exit_2(
    arguments: list[str] | str, names: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = broken(tmp_path, arguments) if isinstance(arguments, str) else arguments
    try:
        code = main(["run", "fyp", *options])
    except SystemExit as ended:
        code = int(ended.code or 0)
    out, err = capsys.readouterr()
    assert code == 2
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert names.lower() in err.lower()


def test_not_a_number_is_named_with_column_and_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import csv

    with SHIPPED.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    rows[5][rows[0].index("likes")] = "NaN"
    path = tmp_path / "nan.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, quoting=csv.QUOTE_ALL).writerows(rows)
    assert main(["run", "fyp", "--data", str(path)]) == 2
    err = capsys.readouterr().err
    assert "likes" in err
    assert "row 6" in err


def test_debug_shows_the_traceback_and_json_keeps_stdout_a_document(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "fyp", "--stack", "hee", "--debug", "--json"]) == 2
    out, err = capsys.readouterr()
    assert "Traceback" in err
    assert "he" in json.loads(out)["error"]


def test_backends_lists_all_and_survives_a_broken_plugin(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugins = tmp_path / "home" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "broken.py").write_text("raise RuntimeError('no such accelerator')\n")
    assert main(["backends", "--json"]) == 0
    rows = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert {"plain", "local", "he"} <= {k for k, row in rows.items() if row["available"]}
    assert not rows["broken"]["available"]
    assert "no such accelerator" in rows["broken"]["reason"]
    assert main(["run", "fyp", "--cohort", "20"]) == 0
    assert main(["run", "fyp", "--stack", "broken"]) == 2
    assert "no such accelerator" in capsys.readouterr().err


def test_a_run_that_breaks_off_is_a_record_of_its_failure(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plugins = tmp_path / "home" / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "breaks.py").write_text(PLUGINS["breaks"])
    assert main(["run", "fyp", "--stack", "breaks", "--json"]) == 1
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert "ZeroDivisionError" in record["failure"]
    assert "a private thing" not in out + err
    assert [m["kind"] for m in record["transcript"]["messages"]] == ["vector"]
    assert record["metrics"] == []


def test_an_unknown_command_is_one_sentence() -> None:
    done = subprocess.run([sys.executable, "-m", "privacy", "rum"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_busy_port_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["serve", "--port", str(taken.getsockname()[1])]) == 2
    err = capsys.readouterr().err
    assert "cannot be used" in err
    assert "PORT=" in err


def test_an_unwritable_home_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", "/proc/nowhere")
    assert main(["serve", "--port", "1"]) == 2
    assert "VEILBENCH_HOME" in capsys.readouterr().err
    assert main(["run", "fyp", "--cohort", "20"]) == 0
