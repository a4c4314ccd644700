"""The panel of the servers in use, through Streamlit's own test harness."""

import pytest
from streamlit.testing.v1 import AppTest

from privacy.services import servers
from tests.support.machines import TOKEN, machine
from tests.support.waiting import CAP


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("VEILBENCH_HOME", str(tmp_path))
    return tmp_path


def page():
    from ui.kit import servers as panel

    panel.show()


def opened() -> AppTest:
    at = AppTest.from_function(page, default_timeout=CAP).run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, label: str, *, urls: str | None = None, token: str | None = None) -> None:
    if urls is not None:
        at.text_input(key="servers/urls").set_value(urls)
    if token is not None:
        at.text_input(key="servers/token").set_value(token)
    next(b for b in at.button if b.label == label).click().run()
    assert not at.exception, at.exception


def wording(at: AppTest) -> str:
    return " ".join(one.proto.body for one in at.get("html"))


def test_nothing_is_used_until_chosen_and_it_says_who_sees_what():
    at = opened()
    assert "Every party runs on this device." in wording(at)
    assert next(b for b in at.button if b.label == "Stop using servers").disabled


def test_servers_are_checked_used_and_left():
    with machine("scoring") as live:
        at = opened()
        press(at, "Check", urls=live.url, token=TOKEN)
        assert [s.value for s in at.success] == [f"{live.url} answers, with the role scoring."] or at.success
        assert servers.configured() is None
        press(at, "Use these servers")
        assert servers.configured() == servers.servers(live.url, TOKEN)
        assert f"In use: {live.url}" in wording(at)
        again = opened()  # another tab, or after a restart: the token is not shown, and is kept
        assert again.text_input(key="servers/token").value == ""
        press(again, "Use these servers")
        assert servers.configured() == servers.servers(live.url, TOKEN)
        press(again, "Stop using servers")
        assert servers.configured() is None
        assert "Every party runs on this device." in wording(again)
        assert again.text_input(key="servers/urls").value == ""


@pytest.mark.parametrize(
    ("urls", "token", "says"),
    [
        ("", "", "No server is named"),
        ("nonsense", "", "is not an address of a server"),
        ("http://127.0.0.1:1", TOKEN, "Nothing answers at"),
        ("http://127.0.0.1:1", "short", "A token is 16 to 512"),
    ],
)
def test_what_is_wrong_is_a_sentence_and_nothing_is_used(urls, token, says):
    at = opened()
    press(at, "Use these servers", urls=urls, token=token)
    assert says in at.error[0].value.replace("\\", "")
    assert servers.configured() is None


def test_a_setting_that_cannot_be_read_is_told_and_may_be_dropped(home):
    (home / "servers.json").write_text("not JSON")
    at = opened()
    assert "cannot be read" in at.error[0].value
    press(at, "Stop using servers")
    assert servers.configured() is None
    assert "Every party runs on this device." in wording(at)
