"""The state folder: made for its owner, and one sentence where it cannot be used."""

import errno
import stat
import tempfile
from pathlib import Path

import pytest

from privacy.cli import main
from privacy.errors import StateError
from privacy.home import cache_dir, home, write_atomic
from privacy.registry import discover
from privacy.request import RunRequest
from privacy.services.rounds import RoundBook
from tests.support.rounds import world
from workloads.fyp import tastes


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_the_state_folder_is_its_owners_alone(state: Path) -> None:
    assert stat.S_IMODE(home().stat().st_mode) == 0o700
    assert home() == state


def test_a_full_disk_is_one_sentence_and_nothing_is_lost(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = home() / "file"
    write_atomic(path, b"before")
    monkeypatch.setattr(tempfile, "mkstemp", full)
    with pytest.raises(StateError, match="The disk is full"):
        write_atomic(path, b"after")
    assert path.read_bytes() == b"before"


def test_a_full_disk_does_not_take_the_feed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(tempfile, "mkstemp", full)
    assert len(RoundBook().get(RunRequest(), discover()).cards) == 10
    with pytest.raises(StateError, match="free some space"):
        tastes.set_liked(world(), 1, on=True)
    assert main(["run", "fyp", "--cohort", "20", "--json"]) == 0


def test_a_file_in_the_place_of_the_folder_is_one_sentence(state: Path) -> None:
    state.write_text("not a folder")
    with pytest.raises(StateError, match="VEILBENCH_HOME"):
        home()
    assert cache_dir() is None


def test_an_interrupted_write_leaves_the_old_file_and_no_rest(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    path = home() / "file"
    write_atomic(path, b"before")

    def interrupted(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_atomic(path, b"after")
    assert [p.name for p in home().iterdir()] == ["file"]
    assert path.read_bytes() == b"before"
