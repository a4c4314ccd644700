"""What needs Node finds one, or says in a sentence that there is none."""

import importlib.util
import sys
from pathlib import Path

import pytest

from tools import node as nodejs


@pytest.fixture
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without Node: neither on PATH, nor as a package."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    return tmp_path


def script(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)


def test_a_node_counts_only_where_it_runs_is_new_enough_and_has_npm(bare: Path) -> None:
    assert nodejs.node(18) is None
    script(bare / "node", "echo v20.1.0")
    assert nodejs.node(18) is None
    script(bare / "npm", "")
    assert nodejs.node(18) == bare / "node"
    assert nodejs.node(22) is None
    script(bare / "node", "exit 1")
    assert nodejs.node(18) is None


def test_where_no_node_can_be_installed_it_is_said(
    bare: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    commands: list[list[str]] = []
    monkeypatch.setattr(nodejs, "run", lambda command, *_: commands.append(command))
    monkeypatch.setattr(sys, "argv", ["node.py", "contracts"])
    assert nodejs.main() == 2
    assert "No Node of version 18 or later runs here" in capsys.readouterr().err
    assert [command[1:4] for command in commands] == [["-m", "pip", "install"]]


def test_a_command_that_fails_is_named(capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(nodejs.NodeError, match=r"`sh -c exit 3` failed in contracts"):
        nodejs.run(["/bin/sh", "-c", "exit 3"], nodejs.CONTRACTS, {})
