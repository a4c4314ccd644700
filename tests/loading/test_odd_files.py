"""What lies in the plugins folder and is no plugin: passed over within a second with a row, and never run."""

import os
import time
from pathlib import Path

import pytest

from privacy.errors import PluginError
from privacy.loading.files import read
from privacy.registry import Registry, discover
from tests.support.plugin_sources import plugin

if os.name != "posix":
    pytest.skip("pipes, devices and modes are those of POSIX", allow_module_level=True)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    made = tmp_path / "plugins"
    made.mkdir(mode=0o755)
    (made / "good.py").write_text(plugin("good"))
    return made


def reason(found: Registry, name: str) -> str:
    (row,) = [e for e in found.entries if e.id == name]
    assert not row.available
    assert row.remedy
    return row.reason


def test_pipes_devices_folders_and_endless_files_are_rows(folder: Path) -> None:
    os.mkfifo(folder / "pipe.py")
    (folder / "zero.py").symlink_to("/dev/zero")
    (folder / "inside.py").mkdir()
    (folder / "gone.py").symlink_to(folder / "nowhere")
    with (folder / "huge.py").open("wb") as file:
        file.truncate(8 * 2**20)
    found = discover()
    assert found.spec("good")
    for name in ("pipe", "zero", "inside"):
        assert "is not a file" in reason(found, name)
    assert "cannot be read" in reason(found, "gone")
    assert "more than" in reason(found, "huge")


def test_a_file_that_does_not_come_is_a_row(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.loading import files

    real = files._read

    def slow(path: Path) -> bytes:
        if path.stem == "slow":
            time.sleep(60)
        return real(path)

    (folder / "slow.py").write_text(plugin("slow"))
    monkeypatch.setattr(files, "_read", slow)
    found = discover()
    assert found.spec("good")
    assert "was not read within" in reason(found, "slow")


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(folder / "swapped.py")
    status = (folder / "good.py").stat()
    monkeypatch.setattr(Path, "stat", lambda self, **more: status)
    with pytest.raises(PluginError, match="is not a file"):
        read(folder / "swapped.py", seconds=30)


@pytest.mark.parametrize("mode", [0o775, 0o757, 0o777, 0o1777])
def test_a_folder_in_which_others_may_write_runs_nothing(folder: Path, mode: int) -> None:
    (folder / "good.py").write_text(plugin("good") + "\nimport os; os.environ['VEILBENCH_WAS_RUN'] = '1'\n")
    folder.chmod(mode)
    found = discover()
    assert "others may write in it" in reason(found, "plugins")
    assert "good" not in [e.id for e in found.entries]
    assert "VEILBENCH_WAS_RUN" not in os.environ
    folder.chmod(0o755)
    assert discover().spec("good")
    assert os.environ.pop("VEILBENCH_WAS_RUN") == "1"
