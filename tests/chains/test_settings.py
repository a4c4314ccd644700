"""Which chain is used, and who signs there, as the settings say."""

import json
from pathlib import Path

import pytest

from privacy.chains.accounts import from_keystore
from privacy.chains.profiles import profile, profiles
from privacy.errors import DataError, ParamError, UnknownNameError
from privacy.registry import discover
from tests.support.chains import SEVEN


def test_a_keystore_opens_with_its_passphrase_alone(tmp_path: Path) -> None:
    from eth_account import Account

    path = tmp_path / "key.json"
    path.write_text(json.dumps(Account.encrypt(b"\7" * 32, "right", iterations=1, kdf="pbkdf2")))
    assert from_keystore(path, "right").address == SEVEN.address
    with pytest.raises(DataError) as caught:
        from_keystore(path, "wrong")
    assert "wrong'" not in str(caught.value)
    (tmp_path / "no.json").write_text("[]")
    with pytest.raises(DataError):
        from_keystore(tmp_path / "no.json", "right")
    assert "07070707" not in repr(SEVEN)


SETTINGS = {
    "unknown name": ('[chains.mine]\nurl = "http://x"\nurls = 1\n', UnknownNameError),
    "a key": ('[chains.mine]\nurl = "http://x"\nprivate_key = "0x12"\n', DataError),
    "not a table": ("chains = 3\n", DataError),
    "no TOML": ("[chains", DataError),
    "taken": ('[chains.embedded]\nurl = "http://x"\n', DataError),
    "bad bound": ('[chains.mine]\nurl = "http://x"\nconfirmations = 0\n', ParamError),
    "no adapter": ('[chains.mine]\nadapter = "none"\n', UnknownNameError),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_that_cannot_be_used_are_said(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    text, error = SETTINGS[case]
    (tmp_path / "config.toml").write_text(text)
    with pytest.raises(error):
        profiles(discover())


def test_a_chain_of_the_settings_is_chosen_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    registry = discover()
    (tmp_path / "config.toml").write_text('[chains.mine]\nurl = "http://a"\nchain_id = 5\nconfirmations = 3\n')
    found = profile(registry, "mine")
    assert (found.spec.id, found.params.chain_id, found.params.confirmations) == ("rpc", 5, 3)
    assert profile(registry).name == "embedded"
    with pytest.raises(UnknownNameError):
        profile(registry, "sepolia")
