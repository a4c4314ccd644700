"""An adapter is anybody's class: whatever it does when it is made, one sentence says so."""

import sys
from types import ModuleType

import pytest

from privacy.adapters import open_adapter
from privacy.errors import DataError, PluginError


class Base: ...


class Sound(Base):
    def __init__(self, params: object) -> None:
        self.params = params


class Failing(Base):
    def __init__(self, params: object) -> None:
        raise RuntimeError("out of luck")


class Refusing(Base):
    def __init__(self, params: object) -> None:
        raise DataError("a setting is wrong")


@pytest.fixture(autouse=True)
def module(monkeypatch: pytest.MonkeyPatch) -> None:
    found = ModuleType("adapters_of_a_test")
    for kind in (Sound, Failing, Refusing):
        setattr(found, kind.__name__, kind)
    found.Other, found.Nothing = dict, 3  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, found.__name__, found)


def test_an_adapter_is_made_of_its_settings() -> None:
    found = open_adapter("adapters_of_a_test:Sound", Base, 7, who="it", hint="")
    assert (type(found), found.params) == (Sound, 7)


@pytest.mark.parametrize(
    ("name", "error"),
    [("Failing", PluginError), ("Refusing", DataError), ("Other", PluginError), ("Nothing", PluginError),
     ("Missing", PluginError)],
)  # fmt: skip
def test_one_that_cannot_be_used_is_said(name: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        open_adapter(f"adapters_of_a_test:{name}", Base, 7, who="it", hint="")
