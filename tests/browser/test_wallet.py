"""Wallets in a real browser: an injected provider that forwards to anvil signs in, sends, refuses, and changes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support import nodes
from tests.support.browser import IDLE, chromium
from tests.support.wallet_stage import CHAIN_ID, TO, WalletApp, account_button, note, opened, sign_in, with_wallet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]
in_soak = pytest.mark.soak("browser")
SESSION = "veilbench_session"


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[nodes.Node]:
    with nodes.anvil(tmp_path_factory.mktemp("anvil"), chain_id=CHAIN_ID) as running:
        yield running


@pytest.fixture(scope="module")
def stage(node: nodes.Node, tmp_path_factory: pytest.TempPathFactory, features: Path) -> Iterator[WalletApp]:
    running = WalletApp(tmp_path_factory.mktemp("wallet"), features)
    yield running
    running.close()


@pytest.fixture
def context(browser: Any, node: nodes.Node, screen: dict[str, Any]) -> Iterator[Any]:
    made = with_wallet(browser.new_context(**screen), node)
    yield made
    made.close()


@pytest.fixture(scope="module")
def accounts(node: nodes.Node) -> list[str]:
    from privacy.wallets.address import checksummed

    return [checksummed(one) for one in node.ask("eth_accounts")]


def outcome(page: Any, number: int, kind: str) -> str:
    """The hash of an outcome on the page that sends."""
    line = page.get_by_text(f"outcome {number}: {kind}")
    line.wait_for()
    return str(line.inner_text()).split()[-1]


def test_signing_in_lasts_over_reloads_and_pages_and_the_wallet_sends(
    context: Any, stage: WalletApp, node: nodes.Node, accounts: list[str]
) -> None:
    page = opened(context, stage, "/send")
    assert page.get_by_text("account: None").is_visible()
    sign_in(page)
    account_button(page, accounts[0]).wait_for()
    page.get_by_text(f"account: {accounts[0]}").wait_for()
    (cookie,) = [one for one in context.cookies() if one["name"] == SESSION]
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/")
    page.reload()
    account_button(page, accounts[0]).wait_for()
    page.get_by_role("link", name="Compare").first.click()
    page.wait_for_url("**/compare")
    page.wait_for_selector(IDLE)
    assert account_button(page, accounts[0]).is_visible()
    page.get_by_role("link", name="Send").first.click()
    before = int(node.ask("eth_getBalance", TO, "latest"), 16)
    page.get_by_role("button", name="Send it").click()
    hash = outcome(page, 0, "sent")
    receipt, sent = node.ask("eth_getTransactionReceipt", hash), node.ask("eth_getTransactionByHash", hash)
    assert receipt["status"] == "0x1"
    assert (sent["from"], sent["to"], sent["input"]) == (accounts[0].lower(), TO.lower(), "0x0102")
    assert int(node.ask("eth_getBalance", TO, "latest"), 16) == before + 7
    assert page.troubles == []


@in_soak
def test_what_the_wallet_refuses_is_said_and_can_be_tried_again(
    context: Any, stage: WalletApp, accounts: list[str]
) -> None:
    page = opened(context, stage, "/send")
    page.evaluate("testWallet.fail = {eth_requestAccounts: -32002}")
    sign_in(page)
    assert "earlier request" in note(page)
    page.evaluate("testWallet.fail = {personal_sign: 4001}")
    page.get_by_role("button", name="Test Wallet").click()
    page.get_by_text("You rejected the request in Test Wallet.").first.wait_for()
    page.evaluate("testWallet.fail = {}; testWallet.locked = true")
    page.get_by_role("button", name="Test Wallet").click()
    page.get_by_text("Test Wallet is locked").first.wait_for()
    assert not [one for one in context.cookies() if one["name"] == SESSION]
    page.evaluate("testWallet.locked = false")
    page.get_by_role("button", name="Test Wallet").click()
    account_button(page, accounts[0]).wait_for()
    page.evaluate("testWallet.fail = {eth_sendTransaction: 4001}")
    page.get_by_role("button", name="Send it").click()
    outcome(page, 0, "rejected")
    page.evaluate("testWallet.fail = {}")
    page.get_by_role("button", name="Send it").click()
    assert re.fullmatch("0x[0-9a-f]{64}", outcome(page, 1, "sent"))
    assert page.troubles == []


@in_soak
def test_a_wallet_on_another_network_is_brought_to_the_apps(
    context: Any, stage: WalletApp, accounts: list[str]
) -> None:
    page = opened(context, stage, "/send")
    page.evaluate(
        "testWallet.known = ['0x1']; testWallet.chain = '0x1'; testWallet.fail = {wallet_addEthereumChain: 4001}"
    )
    sign_in(page)
    assert "stays on another network" in note(page)
    page.evaluate("testWallet.fail = {}")
    page.get_by_role("button", name="Test Wallet").click()
    account_button(page, accounts[0]).wait_for()
    added = page.evaluate("testWallet.added")
    assert added["chainId"] == hex(CHAIN_ID)
    assert added["rpcUrls"] == [f"{stage.url}/api/chain/rpc"]
    page.evaluate("testWallet.moveTo('0x1')")
    button = account_button(page, accounts[0])
    page.wait_for_function("() => testWallet.asked.length", timeout=5000)
    button.click()
    assert "another network" in note(page)
    page.evaluate("testWallet.fail = {wallet_switchEthereumChain: 4001}")
    page.get_by_role("button", name="Send it").click()
    outcome(page, 0, "wrong chain")
    page.evaluate("testWallet.fail = {}")
    button.click()
    page.get_by_role("button", name="Switch network").click()
    page.get_by_role("button", name="Switch network").wait_for(state="detached")
    assert page.evaluate("testWallet.chain") == hex(CHAIN_ID)
    assert page.troubles == []


@in_soak
def test_another_account_in_the_wallet_is_noticed_and_signs_in_anew(
    context: Any, stage: WalletApp, accounts: list[str]
) -> None:
    page = opened(context, stage, "/send")
    sign_in(page)
    account_button(page, accounts[0]).wait_for()
    (old,) = [one["value"] for one in context.cookies() if one["name"] == SESSION]
    page.evaluate("testWallet.switchTo(1)")
    account_button(page, accounts[0]).click()
    assert "another account" in note(page)
    page.get_by_role("button", name="Send it").click()
    outcome(page, 0, "failed")
    account_button(page, accounts[0]).click()
    page.get_by_role("button", name=re.compile(f"Sign in as {accounts[1][:6]}", re.I)).click()
    account_button(page, accounts[1]).wait_for()
    page.get_by_text(f"account: {accounts[1]}").wait_for()
    assert page.request.get(f"{stage.url}/api/wallet/session", headers={"cookie": f"{SESSION}={old}"}).json() == {
        "account": None
    }
    page.evaluate("testWallet.lock(true)")
    account_button(page, accounts[1]).click()
    assert "locked" in note(page)
    assert page.get_by_text(f"account: {accounts[1]}").is_visible()
    assert page.troubles == []


@in_soak
def test_tabs_agree_and_a_session_survives_kill_9(context: Any, stage: WalletApp, accounts: list[str]) -> None:
    one, two = opened(context, stage, "/send"), opened(context, stage, "/send")
    sign_in(one)
    two.get_by_text(f"account: {accounts[0]}").wait_for()
    stage.kill()
    stage.start()
    three = opened(context, stage, "/send")
    three.get_by_text(f"account: {accounts[0]}").wait_for()
    account_button(three, accounts[0]).click()
    three.get_by_role("button", name="Sign out").click()
    three.get_by_role("button", name="Sign in", exact=True).wait_for()
    three.get_by_text("account: None").wait_for()
    two.reload()
    two.get_by_text("account: None").wait_for()
    assert three.troubles == []


@in_soak
def test_a_demo_account_is_labelled_and_needs_no_wallet(browser: Any, stage: WalletApp, screen: dict[str, Any]) -> None:
    context = browser.new_context(**screen)
    page = opened(context, stage, "/send")
    page.get_by_role("button", name="Sign in", exact=True).click()
    assert page.get_by_text("No wallet was found").is_visible()
    page.get_by_role("button", name="Ada (demo)").click()
    (ada,) = [
        one["address"]
        for one in page.request.get(f"{stage.url}/api/wallet/demo").json()["accounts"]
        if one["label"] == "Ada (demo)"
    ]
    account_button(page, ada).wait_for()
    assert "demo" in account_button(page, ada).inner_text()
    page.get_by_text(f"account: {ada}").wait_for()
    page.get_by_role("button", name="Send it").click()
    own = nodes.Node("embedded", f"{stage.url}/api/chain/rpc", CHAIN_ID)
    receipt = own.ask("eth_getTransactionReceipt", outcome(page, 0, "sent"))
    assert (receipt["status"], receipt["from"]) == ("0x1", ada.lower())
    account_button(page, ada).click()
    assert page.get_by_role("dialog").get_by_text("demo account of the embedded chain").is_visible()
    assert page.troubles == []
    context.close()


HOSTILE = """
window.ethereum = {get request() { throw new Error("x"); }};
const say = (detail) => window.dispatchEvent(new CustomEvent("eip6963:announceProvider", {detail}));
const odd = {request() { throw {get code() { throw 1; }}; }};
const provider = {request: () => new Promise(() => {})};
const bad = {on() { throw 1; }, request: async ({method}) => method === "eth_chainId" ? {} : [["0x"]]};
window.addEventListener("eip6963:requestProvider", () => {
  say(null); say({}); say({info: {}, provider}); say({info: {rdns: "a", name: "No provider"}, provider: null});
  say({get info() { throw new Error("x"); }, provider});
  say({info: {rdns: "m", name: "<img src=x onerror=window.hit=1>", icon: "javascript:window.hit=1"}, provider});
  say({info: {rdns: "m", name: "Second of a name", icon: ""}, provider});
  say({info: {rdns: "i", name: "Icon \\u202eelsewhere", icon: "http://127.0.0.1:9/x.png"}, provider: bad});
  say({info: {rdns: "l", name: "L".repeat(5000), icon: {}}, provider: odd});
  for (let i = 0; i < 500; i++) say({info: {rdns: `n${i}`, name: `Wallet ${i}`}, provider});
});
"""


@in_soak
def test_hostile_providers_break_nothing(browser: Any, stage: WalletApp, screen: dict[str, Any]) -> None:
    context = browser.new_context(**screen)
    context.add_init_script(HOSTILE)
    page = opened(context, stage, "/send")
    page.get_by_role("button", name="Sign in", exact=True).click()
    panel = page.get_by_role("dialog")
    names = panel.locator("ul").first.get_by_role("button").all_inner_texts()
    assert names[0] == "<img src=x onerror=window.hit=1>"
    assert names[1] == "Icon elsewhere"
    assert names[2] == "L" * 40
    assert len(names) == 24
    assert "Second of a name" not in names
    assert panel.locator("img").count() == 0
    panel.get_by_role("button", name="Icon elsewhere").click()
    assert "locked" in note(page)
    panel.get_by_role("button", name="L" * 40).click()
    page.get_by_text("could not do it").first.wait_for()
    panel.get_by_role("button", name="<img").click()
    panel.get_by_role("button", name="Cancel").click()
    panel.get_by_role("button", name="Ben (demo)").click()
    page.get_by_role("button", name="Account 0x").wait_for()
    assert page.evaluate("window.hit") is None
    assert page.troubles == []
    context.close()


@in_soak
@pytest.mark.parametrize(
    ("provider", "found"),
    [
        ("{get request() { throw new Error('x'); }}", False),
        ("'a string'", False),
        ("{request: async () => ['0x' + 'ab'.repeat(20)]}", True),
    ],
)
def test_a_wallet_that_does_not_announce_itself_is_offered_if_it_can_be_asked(
    browser: Any, stage: WalletApp, provider: str, found: bool
) -> None:
    context = browser.new_context()
    context.add_init_script(f"window.ethereum = {provider}")
    page = opened(context, stage)
    page.get_by_role("button", name="Sign in", exact=True).click()
    offered = page.get_by_role("dialog").get_by_role("button", name="Browser wallet")
    assert offered.count() == found
    if found:
        offered.click()
        assert "which network" in note(page)
    assert page.troubles == []
    context.close()


@in_soak
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_control_works_by_keyboard_on_a_phone(
    browser: Any, stage: WalletApp, node: nodes.Node, accounts: list[str], scheme: str
) -> None:
    context = with_wallet(browser.new_context(viewport={"width": 390, "height": 780}, color_scheme=scheme), node)
    page = opened(context, stage)
    toggle = page.get_by_role("button", name="Sign in", exact=True)
    toggle.focus()
    page.keyboard.press("Enter")
    assert toggle.get_attribute("aria-expanded") == "true"
    box = page.get_by_role("dialog").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert toggle.get_attribute("aria-expanded") == "false"
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    account_button(page, accounts[0]).wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    logo, button = page.get_by_test_id("stHeaderLogo").bounding_box(), account_button(page, accounts[0]).bounding_box()
    assert logo["x"] + logo["width"] <= button["x"]
    assert button["x"] + button["width"] <= 390
    assert page.troubles == []
    context.close()
