"""What tests of trainings share: the plugins, and a state folder for each module."""

from typing import Any

import pytest

from privacy.registry import Registry, discover


@pytest.fixture(scope="module")
def registry(home: None) -> Registry:
    return discover()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VEILBENCH_HOME", str(tmp_path_factory.mktemp("home")))
        yield
