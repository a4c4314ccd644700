"""Who has signed in, as the router and pages have it: from the server's own store, whatever the browser says."""

import re
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from privacy.wallets.network import EMBEDDED_ID
from tests.support.app_pages import COMPARE, go, opened, sentences
from ui import resources
from ui.components import wallet as component
from ui.kit import wallet

ADDRESS = "0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F"
DEMO = "0x52908400098527886E0F7030069857D2E4169EE7"
HASH = "0x" + "ab" * 32


class Browser:
    """Stands for the browser's side: what its components were given, and what they say."""

    def __init__(self):
        self.cookie, self.ticket, self.given, self.outcome = "", None, [], None

    def control(self, *, key, data, on_ticket_change, on_ended_change):
        self.given.append(data)
        if self.ticket is not None:
            st.session_state[key] = {"ticket": self.ticket}
            self.ticket = None
            on_ticket_change()
        return SimpleNamespace(ticket=None, ended=None)

    def send(self, *, key, data, on_outcome_change):
        self.given.append(data)
        said = self.outcome(data) if self.outcome else None
        return SimpleNamespace(outcome=said)


@pytest.fixture
def browser(app_state, monkeypatch):
    made = Browser()
    monkeypatch.setattr(component, "control", made.control)
    monkeypatch.setattr(component, "send", made.send)
    monkeypatch.setattr(wallet, "_cookie", lambda: made.cookie)
    return made


def begin(address=ADDRESS, kind="wallet"):
    return resources.wallets().sessions.begin(address, chain_id=EMBEDDED_ID, kind=kind)


def shown(browser):
    account = browser.given[-1]["account"]
    return account and (account["address"], account["kind"])


def test_the_control_is_on_every_page_and_shows_the_session_of_the_cookie(browser):
    at = opened()
    assert shown(browser) is None
    assert browser.given[-1]["network"]["chain_id"] == str(EMBEDDED_ID)
    browser.cookie, _ = begin()
    at.run()
    assert shown(browser) == (ADDRESS, "wallet")
    go(at, COMPARE).run()
    assert shown(browser) == (ADDRESS, "wallet")
    assert not at.exception
    resources.wallets().sessions.end(browser.cookie)
    at.run()
    assert shown(browser) is None


@pytest.mark.parametrize("cookie", ["x", "A" * 43, "' OR 1=1 --"])
def test_a_forged_cookie_shows_nobody(browser, cookie):
    _, session = begin()
    browser.cookie = cookie
    opened()
    assert shown(browser) is None
    # The id that the store knows is no token either.
    browser.cookie = session.id
    opened()
    assert shown(browser) is None


def test_a_ticket_shows_a_session_that_began_after_the_page_was_opened(browser):
    at = opened()
    token, _ = begin()
    browser.ticket = resources.wallets().ticket(token)
    used = browser.ticket
    at.run()
    at.run()
    assert shown(browser) == (ADDRESS, "wallet")
    for bad in (used, "x", 7, {"a": 1}, ""):
        other = opened()
        browser.ticket = bad
        other.run()
        other.run()
        assert shown(browser) is None
        assert not other.exception
    resources.wallets().sessions.end(token)
    at.run()
    assert shown(browser) is None


def test_sessions_that_cannot_be_read_leave_the_page_standing(browser, app_state):
    (app_state / "sessions.sqlite").write_bytes(b"nothing of the kind" * 100)
    browser.cookie = "A" * 43
    at = opened()
    assert "sessions" in sentences(at)
    assert at.title[0].value == "Veilbench"


def test_the_demo_accounts_are_those_of_the_embedded_chain_on_this_device_alone(browser, monkeypatch):
    desk = resources.wallets()
    found = desk.demos()
    assert [one.address for one in found] == [one.address for one in resources.embedded().signers()]
    assert all("demo" in one.label for one in found)
    assert desk.network().chain_id == resources.embedded().chain_id
    browser.cookie, _ = begin(found[0].address, "demo")
    at = opened()
    assert shown(browser) == (found[0].address, "demo")
    monkeypatch.setattr(desk, "loopback", False)
    assert desk.demos() == ()
    at.run()
    assert shown(browser) is None


def page():
    from ui.kit import wallet

    found = wallet.transact("t", to="0x" + "11" * 20, data=b"\x01", value=5, chain_id=1447381324, label="Go")
    import streamlit as st

    st.text(repr(found))


def sending():
    at = AppTest.from_function(page, default_timeout=60).run()
    assert not at.exception, at.exception
    return at


def test_without_a_session_nothing_can_be_sent(browser):
    assert sending().text[0].value == "None"
    assert browser.given == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ({"kind": "sent", "hash": HASH}, "sent"),
        ({"kind": "rejected", "sentence": "You rejected it."}, "rejected"),
        ({"kind": "wrong chain", "sentence": 7}, "wrong chain"),
        ({"kind": "failed", "sentence": "x" * 9000}, "failed"),
        ({"kind": "sent", "hash": HASH, "id": "another"}, None),
        ({"kind": "sent", "hash": "0x12"}, None),
        ({"kind": "sent", "hash": {}}, None),
        ({"kind": "mined", "hash": HASH}, None),
        ({"kind": []}, None),
        ("sent", None),
    ],
)
def test_what_the_browser_says_of_a_transaction_is_checked(browser, said, kind):
    browser.cookie, _ = begin()
    browser.outcome = lambda data: {"id": data["id"]} | said if isinstance(said, dict) else said
    text = sending().text[0].value
    given = browser.given[-1]
    assert (given["from"], given["data"], given["value"]) == (ADDRESS, "0x01", "0x5")
    assert (f"kind={kind!r}" in text) if kind else text == "None"
    assert len(text) < 500


def test_a_demo_account_sends_through_this_device(browser):
    chain = resources.embedded()
    address = chain.signers()[0].address
    browser.cookie, _ = begin(address, "demo")
    at = sending()
    assert at.text[0].value == "None"
    at.button[0].click().run()
    (hash,) = re.findall("hash='0x([0-9a-f]{64})'", at.text[0].value)
    sent = chain.transaction(bytes.fromhex(hash))
    assert (sent.sender, sent.to, sent.value, sent.data) == (address, "0x" + "11" * 20, 5, b"\x01")
    assert chain.receipt(bytes.fromhex(hash)).ok


def test_a_demo_account_sends_nothing_where_another_chain_is_in_use(browser, monkeypatch):
    address = resources.embedded().signers()[0].address
    browser.cookie, _ = resources.wallets().sessions.begin(address, chain_id=EMBEDDED_ID + 1, kind="demo")
    monkeypatch.setattr(resources, "demo_send", lambda *values: pytest.fail("it was sent"))
    at = sending()
    assert not at.button
    assert "no key" in sentences(at)
