"""A crowd on the embedded chain: its contracts are created once, and each test begins from a copy of that home."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from privacy.registry import Registry, discover
from tests.workloads.labeling.onchain.world import World, begun, paid


@pytest.fixture(scope="session")
def registry() -> Registry:
    return discover()


@pytest.fixture(scope="session")
def made(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose chain has the contracts, and a round of the book that is on it and full of votes."""
    home = tmp_path_factory.mktemp("crowd") / "home"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(home))
        with World(registry) as world:
            begun(world)
    return home


@pytest.fixture(scope="session")
def over(registry: Registry, made: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same home once the round's pay is released, which takes its window for disputes."""
    home = tmp_path_factory.mktemp("over") / "home"
    shutil.copytree(made, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(home))
        with World(registry) as world:
            paid(world)
    return home


@pytest.fixture
def world(registry: Registry, made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from _in_copy(registry, made, tmp_path / "home", monkeypatch)


@pytest.fixture
def paid_world(registry: Registry, over: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    yield from _in_copy(registry, over, tmp_path / "home", monkeypatch)


def _in_copy(registry: Registry, of: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    shutil.copytree(of, home)
    monkeypatch.setenv("VEILBENCH_HOME", str(home))
    with World(registry) as world:
        yield world
