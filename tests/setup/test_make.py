"""`make` and the set-up: a Python that is not there, and a stamp that is missing, stale or of another folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.setup_tree import ROOT, tree

needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


@needs_make
@pytest.mark.parametrize("python", ["", "/no/such/python"])
def test_make_names_a_python_that_is_not_there(tmp_path: Path, python: str) -> None:
    where = tree(tmp_path, pip="exit 1")
    done = make(where, "run", f"PYTHON={python}")
    assert done.returncode == 2
    assert f"No Python that runs was found{' at ' + python if python else ''}: install" in done.stderr
    assert "Traceback" not in done.stderr


@needs_make
def test_make_sets_up_only_when_the_stamp_is_missing_stale_or_of_another_folder(tmp_path: Path) -> None:
    where = tree(tmp_path, pip="exit 0")
    (where / "tools").mkdir()
    (where / "tools" / "setup_venv.py").write_text(
        "import os\nprint('SET UP')\nopen('.venv/.ready', 'w').write(os.path.realpath('.'))"
    )
    arguments = ("test", f"PYTHON={sys.executable}")
    assert "SET UP" in make(where, *arguments).stdout
    assert "SET UP" not in make(where, *arguments).stdout
    os.utime(where / ".venv" / ".ready", (1e9, 1e9))
    assert "SET UP" in make(where, *arguments).stdout
    (where / ".venv" / ".ready").write_text("/somewhere/else")
    assert "SET UP" in make(where, *arguments).stdout
    (where / ".venv" / "bin" / "python").unlink()
    assert "SET UP" in make(where, *arguments).stdout


def make(where: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    shutil.copy(ROOT / "Makefile", where)
    return subprocess.run(["make", *arguments], cwd=where, capture_output=True, text=True, check=False)
