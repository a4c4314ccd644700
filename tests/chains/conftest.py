"""The chain of a test: an EVM in memory and anvil, unless a test names others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import nodes
from tests.support.chains import SEVEN, Stage, stage
from tests.support.soaking import in_soak


@pytest.fixture(scope="module", params=["evm", "anvil"])
def on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found


@pytest.fixture(params=["anvil", in_soak("chains", "hardhat")])
def node(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[nodes.Node]:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    with getattr(nodes, request.param)(tmp_path) as found:
        found.fund(SEVEN.address)
        yield found
