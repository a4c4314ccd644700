"""The kit as a plugin of pytest, in a folder that is not of this project."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support import PLANTED, ROOT


def checked(folder: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """pytest on one planted backend, in process, with short games."""
    where = {"PYTHONPATH": str(ROOT), "VEILBENCH_HOME": str(folder / "home"), "PYTHONDONTWRITEBYTECODE": "1"}
    words = ["-q", "-p", "no:cacheprovider", "-p", "privacy.testing.pytest_kit", "--veilbench-place", "in process"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *words, "--veilbench-plays", "40", *more],
        cwd=folder, env=os.environ | where, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip


def test_a_foreign_project_checks_its_backend_without_a_module(tmp_path: Path) -> None:
    plugins = tmp_path / "home" / "plugins"
    plugins.mkdir(parents=True)
    for name in ("sound", "accepted_nan"):
        (plugins / f"{name}.py").write_text((PLANTED / f"{name}.py").read_text())
    found = checked(tmp_path, "--veilbench", "accepted_nan", "--veilbench", "sound", "-k", "keys or input or length")
    assert found.returncode == 1, found.stdout
    (failed,) = (line for line in found.stdout.splitlines() if line.startswith("FAILED"))
    assert "TestBackend::test_conformance[scoring-bad-input-in_process]" in failed
    assert "1 failed, 5 passed" in found.stdout
