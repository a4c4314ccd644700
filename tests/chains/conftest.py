"""The chain of a test: an EVM in memory and anvil, unless a test names others."""

from collections.abc import Iterator

import pytest

from tests.support.chains import Stage, stage


@pytest.fixture(scope="module", params=["evm", "anvil"])
def on(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(request.param, tmp_path_factory.mktemp(request.param)) as found:
        yield found
