"""What browser tests of wallets share: the app with demo accounts, and pages with a wallet that forwards to a node."""

import json
import sys
from pathlib import Path
from typing import Any

from tests.support.browser import IDLE, App, watch
from tests.support.nodes import Node, Refused

CHAIN_ID = 1447381324
TO = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
_PROVIDER = Path(__file__).with_name("wallet_provider.js").read_text(encoding="utf-8")


class WalletApp(App):
    """The app of `wallet_app.py` as a process of its own."""

    def command(self) -> list[str]:
        return [sys.executable, "-m", "uvicorn", "tests.support.wallet_app:app", "--port", str(self.port)]


def with_wallet(context: Any, node: Node) -> Any:
    """A browser's context whose pages find a wallet, with the accounts of the node.

    Its requests go through the test: the app's policy lets no page ask another origin.
    """

    def ask(method: str, params: str) -> str:
        try:
            return json.dumps(node.ask(method, *json.loads(params)))
        except Refused as refused:
            return json.dumps({"error": str(refused)})

    context.expose_function("testNode", ask)
    context.add_init_script(_PROVIDER.replace("__CHAIN__", hex(CHAIN_ID)))
    return context


def opened(context: Any, app: App, path: str = "/") -> Any:
    """A page of the app in a new tab, watched."""
    page = watch(context.new_page())
    page.goto(f"{app.url}{path}")
    page.wait_for_selector(IDLE)
    return page


def account_button(page: Any, address: str) -> Any:
    """The account control, once it shows this address."""
    return page.get_by_role("button", name=f"Account {address[:6]}…{address[-4:]}")


def sign_in(page: Any, wallet: str = "Test Wallet") -> None:
    """Open the control and choose a wallet."""
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name=wallet).click()


def note(page: Any) -> str:
    """What the control says is wrong."""
    return str(page.get_by_role("dialog").get_by_role("alert").first.inner_text())
