"""Setting up: one sentence for each thing that is missing, and repair of what was interrupted."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SCRIPT = ROOT / "tools" / "setup_venv.py"
SPEC = importlib.util.spec_from_file_location("setup_venv", SCRIPT)
assert SPEC is not None
assert SPEC.loader is not None
setup = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(setup)

FAKE_PYTHON = """#!/bin/sh
case "$*" in
  *"-m pip"*) {pip} ;;
esac
exit 0
"""


def tree(tmp_path: Path, *, pip: str) -> Path:
    """A folder with sources and an environment whose Python is a stand-in that runs `pip`."""
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    python = binaries / "python"
    python.write_text(FAKE_PYTHON.format(pip=pip))
    python.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("version", [(3, 6, 9), (3, 10, 0), (3, 13, 1), (2, 7, 18)])
def test_a_wrong_python_is_named(version: tuple[int, int, int]) -> None:
    sentence = setup.python_problem(version, "/usr/bin/python")
    assert ".".join(map(str, version)) in sentence
    assert "PYTHON=" in sentence


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 12, 9)])
def test_a_right_python_is_taken(version: tuple[int, int, int]) -> None:
    assert setup.python_problem(version, "/usr/bin/python") is None


def test_a_missing_venv_module_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    assert "python3.11-venv" in setup.module_problem((3, 11, 2))


def test_a_full_disk_is_named_before_and_while_pip_runs(tmp_path: Path) -> None:
    assert setup.space_problem(str(tmp_path), 0.0) is None
    assert "free some space" in setup.space_problem(str(tmp_path), 1e9)
    said = ["Installing", "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"]
    assert "disk filled up" in setup.pip_problem(said, 4.0)


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("ERROR: NewConnectionError: Failed to establish", "network"),
        ("ERROR: No matching distribution found for tenseal==0.3.18", "tenseal"),
        ("OSError: [Errno 13] Permission denied: '/x'", "cannot be written"),
        ("ERROR: something else", "something else"),
    ],
)
def test_what_pip_says_becomes_a_sentence(line: str, names: str) -> None:
    sentence = setup.pip_problem([line], 4.0)
    assert names in sentence
    assert "\n" not in sentence


def test_a_failed_pip_leaves_no_stamp(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="echo 'OSError: [Errno 28] No space left on device'; exit 1")
    done = run(where)
    assert done.returncode == 2
    assert "disk filled up" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (where / ".venv" / setup.STAMP).exists()


def test_an_interrupted_setup_is_not_taken_for_a_whole_one(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    (where / ".venv" / setup.BUILDING).write_text("")
    assert not setup.works(str(where / ".venv"))


def test_a_stamp_older_than_a_requirement_is_no_stamp(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    stamp = where / ".venv" / setup.STAMP
    stamp.write_text(str(where))
    sources = ("requirements.txt", "pyproject.toml")
    assert setup.is_ready(str(where), str(where / ".venv"), sources)
    os.utime(where / "requirements.txt", (4e9, 4e9))
    assert not setup.is_ready(str(where), str(where / ".venv"), sources)


def test_a_stamp_of_another_folder_is_no_stamp(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    (where / ".venv" / setup.STAMP).write_text("/somewhere/else")
    assert not setup.is_ready(str(where), str(where / ".venv"), ())


def test_make_names_a_python_that_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_text((ROOT / "Makefile").read_text())
    for name in ("requirements.txt", "requirements-dev.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    done = subprocess.run(
        ["make", "run", "PYTHON=/no/such/python"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "/no/such/python" in done.stderr
    assert "Traceback" not in done.stderr


def run(where: Path) -> "subprocess.CompletedProcess[str]":
    (where / "tools").mkdir()
    (where / "tools" / "setup_venv.py").write_text(SCRIPT.read_text())
    return subprocess.run(
        [sys.executable, "tools/setup_venv.py", "--torch-index", ""],
        cwd=where, capture_output=True, text=True, check=False,
    )  # fmt: skip
