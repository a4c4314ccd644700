"""What tests of the set-up share: its script, and a folder with a stand-in for an environment."""

from pathlib import Path

from tests.support import ROOT

SCRIPT = ROOT / "tools" / "setup_venv.py"

FAKE_PYTHON = """#!/bin/sh
case "$*" in
  *"-m pip"*) {pip} ;;
esac
exit 0
"""


def tree(tmp_path: Path, *, pip: str) -> Path:
    """A folder with sources and an environment whose Python is a stand-in that runs `pip`."""
    for name in ("requirements.txt", "requirements-dev.txt", "constraints.txt", "pyproject.toml"):
        (tmp_path / name).write_text("")
    binaries = tmp_path / ".venv" / "bin"
    binaries.mkdir(parents=True)
    python = binaries / "python"
    python.write_text(FAKE_PYTHON.format(pip=pip))
    python.chmod(0o755)
    return tmp_path
