"""Receipts on the page: a feed is proved under any stack, the receipt is on the chain, and every cheat is refused."""

import contextlib
import re
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from privacy.chains.chain import Chain
from privacy.chains.choice import choose
from privacy.chains.deploying import deploy, deployed
from privacy.chains.sender import Intent, Sender
from privacy.provers.prover import KINDS
from privacy.services.receipts import CONTRACT, SUBMIT_GAS, Book
from tests.support import nodes
from tests.support.app_pages import FYP, html, labels, opened
from tests.support.chains import SEVEN
from tests.support.soaking import in_soak
from tests.support.waiting import wait_until
from ui import resources
from ui.kit import wallet
from workloads.fyp.panels.receipt import CHEAT, PROOF
from workloads.fyp.receipts import cheats, keeping

SMALL = {"items": "64", "dims": "16"}


@pytest.fixture
def signed_in(app_state: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def into(number: int) -> str:
        address = str(resources.embedded().signers()[number].address)
        who = wallet.Account(address, "demo", 1447381324, 9e12)
        monkeypatch.setattr(wallet, "account", lambda: who)
        return address

    return into


def after(at: AppTest, kind: str) -> AppTest:
    """The page once the work of this kind is done."""
    key = next(key for key in resources.jobs()._jobs if key[0] == kind)
    wait_until(lambda: resources.jobs().progress(*key).state != "running")
    assert resources.jobs().progress(*key).error == ""
    at.run()
    assert not at.exception, at.exception
    return at


def press(at: AppTest, key: str) -> AppTest:
    at.button(key=key).click().run()
    assert not at.exception, at.exception
    return at


def book(chain: Chain | None = None) -> Book:
    chain = chain or resources.embedded()
    found = deployed(chain, CONTRACT)
    assert found is not None
    return Book(chain, found.address)


def test_nobody_proves_without_signing_in(app_state: Path) -> None:
    at = opened(FYP, SMALL)
    assert "Prove this feed" not in labels(at)
    assert "✓ checked" in html(at)
    # Under a preset whose scores are not exact, rows are computed again instead.
    assert ">not exact<" in html(opened(FYP, {**SMALL, "stack": "he", "he.preset": "fast"}))


def test_a_feed_is_proved_kept_and_cheats_are_refused(signed_in: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the cheats the first alone, as each takes the embedded chain a second: all are tried in another test."""
    whole = cheats.tries
    monkeypatch.setattr(cheats, "tries", lambda *args, **more: islice(whole(*args, **more), 3))
    account = signed_in(1)
    at = after(press(opened(FYP, SMALL), "receipts.prove"), PROOF)
    (kept,) = book().receipts(account=account)
    said = html(at)
    assert f"0x{kept.id.hex()}" in said
    assert KINDS["dev"] in said
    spent = resources.embedded().receipt(kept.transaction)
    assert spent is not None
    assert f"check the proof {spent.gas_used:,}" in said
    (opening,) = keeping.openings(contract=book().contract.address, account=account)
    assert opening.receipt == kept.id.hex()

    at = after(press(at, "receipts.cheat"), CHEAT)
    table = html(at).partition("data-testid='tries'")[2].partition("</table>")[0]
    rows = re.findall(r"<tr><th scope='row'>(.*?)</th>.*?<span class='vb-chip (\w+)'>(\w+)</span>", table)
    assert [row[1:] for row in rows] == [("good", "taken"), ("good", "refused"), ("good", "refused")]
    assert book().count(account) == 1

    # Another backend shows the same list: it has its receipt. Another account has none.
    assert "Prove this feed" not in labels(opened(FYP, {**SMALL, "stack": "local"}))
    signed_in(2)
    assert "Prove this feed" in labels(opened(FYP, SMALL))


@pytest.mark.parametrize("where", [in_soak("chains", "embedded"), "anvil"])
def test_a_wallet_signs_what_is_to_be_done(
    app_state: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, where: str
) -> None:
    """On the chain of this device the model is registered by an account of it; elsewhere the wallet does that too."""
    with contextlib.ExitStack() as stack:
        chain = resources.embedded()
        account, signed = chain.signers()[3], list[str]()
        if where == "anvil":
            node = stack.enter_context(nodes.anvil(tmp_path))
            text = f'[chains.mine]\nurl = "{node.url}"\nchain_id = {node.chain_id}\n'
            (app_state / "config.toml").write_text(text)
            choose(resources.registry(), "mine")
            chain, account = resources.chain(), SEVEN
            node.fund(account.address)
        who = wallet.Account(account.address, "wallet", chain.chain_id, 9e12)
        monkeypatch.setattr(wallet, "account", lambda: who)
        if where == "anvil":
            assert any(f"veilbench chain deploy {CONTRACT}" in one.value for one in opened(FYP, SMALL).info)
            deploy(Sender(chain, account), CONTRACT)

        def transact(key: str, *, to: str, data: bytes, chain_id: int, label: str) -> wallet.Outcome:
            assert (to, chain_id) == (book(chain).contract.address, chain.chain_id)
            signed.append(label)
            sent = Sender(chain, account).send(Intent(to, data, gas=SUBMIT_GAS))
            return wallet.Outcome("sent", "0x" + sent.transaction.hex())

        at = press(opened(FYP, SMALL), "receipts.prove")
        monkeypatch.setattr(wallet, "transact", transact)
        at = after(at, PROOF)
        assert len(signed) == {"embedded": 2, "anvil": 3}[where]
        (kept,) = book(chain).receipts(account=account.address)
        assert f"0x{kept.id.hex()}" in html(at)
        # Whoever signs elsewhere tries no cheats here: those need the account's key.
        assert not {"Prove this feed", "Try to cheat"} & set(labels(at))
