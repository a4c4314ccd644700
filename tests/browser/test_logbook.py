"""A feed that a wallet logs, in a real browser: on a node of the settings, and verified from the log there."""

import json
from pathlib import Path
from typing import Any

import pytest

from backends.chains.rpc.chain import RpcChain
from backends.chains.rpc.plugin import RpcParams
from privacy.chains.accounts import KeySigner
from privacy.chains.deploying import deploy
from privacy.chains.sender import Sender
from privacy.services import showings
from privacy.services.shown_log import CONTRACT, ShownLog
from privacy.wallets.address import checksummed
from tests.support import nodes
from tests.support.browser import App, chromium
from tests.support.wallet_stage import CHAIN_ID, account_button, opened, sign_in, with_wallet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.soak("browser"),
    pytest.mark.skipif(chromium() is None, reason="no Chromium on this machine"),
]


def test_a_wallet_logs_a_feed_and_the_log_says_that_it_matches(
    browser: Any, screen: dict[str, Any], features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("VEILBENCH_HOME", str(home))
    with nodes.anvil(tmp_path, chain_id=CHAIN_ID) as node:
        payer = KeySigner(b"\7" * 32, label="payer")
        node.fund(payer.address)
        (home / "config.toml").write_text(f'[chains.mine]\nurl = "{node.url}"\nchain_id = {CHAIN_ID}\n')
        (home / "chain-choice.json").write_text(json.dumps({"chain": "mine"}))
        chain = RpcChain(RpcParams(url=node.url, chain_id=CHAIN_ID))
        contract = deploy(Sender(chain, payer), CONTRACT).address
        app = App(home, features)
        context = with_wallet(browser.new_context(**screen), node)
        try:
            page = opened(context, app, "/fyp")
            sign_in(page)
            who = node.ask("eth_accounts")[0]

            account_button(page, checksummed(who)).wait_for()
            page.get_by_role("button", name="Log this feed").click()
            page.get_by_role("button", name="Sign the transaction in the wallet").click()
            page.get_by_test_id("logged").wait_for()
            page.get_by_role("button", name="Verify this feed").click()
            page.get_by_test_id("verdict").get_by_text("match").first.wait_for()
            (one,) = showings.history()
            (entry,) = ShownLog(chain, contract).entries()
            assert (entry.sender, entry.commitment) == (checksummed(who), one.commitment)
            assert showings.verify(one, chain).kind == "match"
            assert page.troubles == []
        finally:
            context.close()
            app.close()
