"""The store in use: chosen live, from the adapters and from the user's own settings."""

import json
from pathlib import Path

import pytest

from backends.stores.kubo.store import KuboStore
from backends.stores.local.store import LocalStore
from privacy.cli import main
from privacy.errors import DataError, ParamError, UnknownNameError
from privacy.registry import Registry, discover
from privacy.stores.choice import choose, chosen
from privacy.stores.opening import open_store
from privacy.stores.profiles import profile, profiles

MINE = '[stores.mine]\nadapter = "local"\nfolder = "{0}/mine"\n[stores.ipfs]\nadapter = "kubo"\ntimeout = 5\n'


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return discover()


def test_the_first_store_is_in_use_until_another_is_chosen(registry: Registry, tmp_path: Path) -> None:
    assert chosen(registry) == "local"
    choose(registry, "kubo")
    assert chosen(discover()) == "kubo"
    with pytest.raises(UnknownNameError, match="kubo"):
        choose(registry, "kubu")
    (tmp_path / "store-choice.json").write_text("[")
    assert chosen(registry) == "local"


def test_the_users_own_stores_are_named_and_opened(registry: Registry, tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text(MINE.format(tmp_path))
    assert list(profiles(registry)) == ["local", "kubo", "mine", "ipfs"]
    with open_store(registry, "mine") as store:
        assert isinstance(store, LocalStore)
        assert store.folder == tmp_path / "mine"
    assert profile(registry, "ipfs", {"timeout": "7"}).params.timeout == 7
    with open_store(registry, "ipfs") as kubo:
        assert isinstance(kubo, KuboStore)
    choose(registry, "mine")
    (tmp_path / "config.toml").unlink()
    assert chosen(registry) == "local"


def test_the_command_line_names_them(registry: Registry, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "config.toml").write_text(MINE.format(tmp_path))
    (tmp_path / "hello").write_bytes(b"hello")
    assert main(["store", "put", str(tmp_path / "hello"), "--store", "mine", "--json"]) == 0
    assert list((tmp_path / "mine" / "pins").iterdir())
    capsys.readouterr()
    assert main(["store", "ls", "--stores", "--json"]) == 0
    assert {one["id"]: one.get("adapter") for one in json.loads(capsys.readouterr().out)}["ipfs"] == "kubo"


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("[stores.local]\nadapter = 'kubo'\n", DataError, "another"),
        ("[stores.Mine]\nadapter = 'kubo'\n", DataError, "a name is made of"),
        ("[stores.mine]\n", DataError, "adapter"),
        ("[stores.mine]\nadapter = 'kubu'\n", UnknownNameError, "kubo"),
        ("[stores.mine]\nadapter = 'local'\nfolders = 'x'\n", UnknownNameError, "folder"),
        ("[stores.mine]\nadapter = 'kubo'\ntimeout = 0\n", ParamError, "timeout"),
        ("[stores.mine]\nadapter = 'kubo'\nsecret = 'x'\n", DataError, "secret"),
        ("stores = 3\n", DataError, "not a table"),
        ("[stores\n", DataError, "cannot be read"),
    ],
)
def test_settings_that_are_not_right_are_a_sentence(
    registry: Registry, tmp_path: Path, text: str, kind: type[Exception], says: str
) -> None:
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(kind, match=says):
        profiles(registry)
