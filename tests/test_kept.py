"""Arrays that are kept in files: made once, mapped, and made again where a file is not what it says."""

import os
from pathlib import Path

import numpy as np
import pytest

from privacy import kept as module
from privacy.kept import kept

SHAPE = (300, 40)


class Maker:
    """Fills an array with a sequence, and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, out: np.ndarray) -> None:
        self.calls += 1
        out[:] = np.arange(out.size).reshape(out.shape)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    monkeypatch.setattr(module, "SMALL", 1000)
    monkeypatch.setattr(module, "READ", 2000)
    return tmp_path / "cache" / "arrays"


def files(folder: Path) -> list[Path]:
    return sorted(p for p in folder.iterdir() if p.suffix != ".lock")


def made(name: str, maker: Maker) -> np.ndarray:
    return kept(name, shape=SHAPE, dtype=np.uint32, fill=maker)


def test_an_array_is_made_once_and_read_only(folder: Path) -> None:
    maker = Maker()
    first, again = made("a", maker), made("a", maker)
    assert maker.calls == 1
    assert isinstance(again, np.memmap)
    assert np.array_equal(first, np.arange(12000).reshape(SHAPE))
    assert np.array_equal(first, again)
    assert not first.flags.writeable
    made("b", maker)
    kept("a", shape=SHAPE, dtype=np.int64, fill=maker)
    assert maker.calls == 3


@pytest.mark.parametrize("change", ["flip", "cut", "grow", "empty", "head"])
def test_a_file_that_is_not_whole_is_made_again(folder: Path, change: str) -> None:
    maker = Maker()
    made("a", maker)
    (path,) = files(folder)
    body = bytearray(path.read_bytes())
    if change == "flip":
        body[-1] ^= 1
    elif change == "head":
        body[3] ^= 1
    path.write_bytes({"cut": body[:-1], "grow": body + b"x", "empty": b""}.get(change, body))
    assert np.array_equal(made("a", maker), np.arange(12000).reshape(SHAPE))
    assert maker.calls == 2
    assert isinstance(made("a", maker), np.memmap)
    assert maker.calls == 2


def test_a_file_that_memory_holds_easily_is_read_not_mapped(folder: Path) -> None:
    maker = Maker()
    for _ in range(2):
        small = kept("r", shape=(400,), dtype=np.uint32, fill=maker)
        assert not isinstance(small, np.memmap)
        assert not small.flags.writeable
        assert small.tolist() == list(range(400))
    assert maker.calls == 1


def test_a_fill_that_fails_leaves_nothing(folder: Path) -> None:
    def fails(out: np.ndarray) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        kept("a", shape=SHAPE, dtype=np.uint32, fill=fails)
    assert files(folder) == []


def test_what_was_used_longest_ago_makes_room(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 2 * 48_000 + 200)
    maker = Maker()
    for name in ("a", "b"):
        made(name, maker)
    for age, path in enumerate(files(folder)):
        os.utime(path, (1000 + age, 1000 + age))
    made("a", maker)
    held = made("b", maker)
    os.utime(max(files(folder), key=lambda p: p.stat().st_mtime))
    made("c", maker)
    assert len(files(folder)) == 2
    assert held[-1, -1] == 11_999, "what is mapped outlives its file"


def test_small_arrays_and_homes_that_cannot_be_written_stay_in_memory(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Maker()
    small = kept("s", shape=(10,), dtype=np.uint32, fill=maker)
    assert not isinstance(small, np.memmap)
    assert not small.flags.writeable
    monkeypatch.setattr(module, "cache_dir", lambda: None)
    assert not isinstance(made("a", maker), np.memmap)
    monkeypatch.undo()
    monkeypatch.setattr(module, "SMALL", 1000)
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 0}))
    assert not isinstance(made("z", maker), np.memmap)
