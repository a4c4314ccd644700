"""The log of lists on a page: signed in or not, logged, verified, changed, and on a chain that cannot be reached."""

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from privacy.chains.choice import choose
from privacy.services import showings
from tests.support.app_pages import FYP, html, opened
from ui import resources
from ui.kit import wallet


@pytest.fixture
def signed_in(app_state: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def into(number: int) -> None:
        address = resources.embedded().signers()[number].address
        who = wallet.Account(address, "demo", 1447381324, 9e12)
        monkeypatch.setattr(wallet, "account", lambda: who)

    return into


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


def test_nobody_logs_without_signing_in(app_state: Path) -> None:
    at = opened(FYP)
    assert not [one for one in at.button if one.key == "logbook.log"]
    assert any("Sign in" in one.value for one in at.caption)


def test_a_list_is_logged_verified_and_kept_for_after(signed_in: Any) -> None:
    signed_in(0)
    at = press(opened(FYP), "logbook.log")
    (one,) = showings.history()
    assert one.logged
    assert f"0x{one.commitment.hex()}" in html(at)
    at = press(at, "logbook.verify")
    assert "✓ match" in html(at)
    # Another backend shows the same list by other means: it is not what was logged.
    at = opened(FYP, stack="local")
    assert [b.key for b in at.button if b.key in ("logbook.log", "logbook.verify")] == ["logbook.log"]
    at = opened(FYP)
    assert [b.key for b in at.button if b.key in ("logbook.log", "logbook.verify")] == ["logbook.verify"]
    at = press(at, "logbook.all")
    assert html(at).count(">match<") == 1
    signed_in(1)
    at = opened(FYP)
    assert [b.key for b in at.button if b.key in ("logbook.log", "logbook.verify")] == ["logbook.log"]


def test_a_chain_that_is_down_leaves_the_page_as_it_is(app_state: Path) -> None:
    (app_state / "config.toml").write_text('[chains.mine]\nurl = "http://127.0.0.1:1"\nchain_id = 7\n')
    choose(resources.registry(), "mine")
    at = opened(FYP)
    assert any("does not answer" in one.value.replace("\\", "") for one in at.error)
    assert "vb-ranked" in html(at)
    at.selectbox(key="logbook.chain").set_value("embedded").run()
    assert not at.error
    assert resources.network().chain_id == 1447381324
