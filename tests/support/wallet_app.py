"""The app with demo accounts and a page that sends a transaction: what the browser tests of wallets look at."""

from typing import Any

import streamlit as st

from app import app
from tests.support.wallet_stage import CHAIN_ID, TO
from ui.kit import screens, wallet


def send() -> None:
    """A page that sends one transaction, and lists what became of each attempt."""
    who = wallet.account()
    st.text(f"account: {who.address if who else None}")
    found = wallet.transact("send", to=TO, data=b"\x01\x02", value=7, chain_id=CHAIN_ID, label="Send it")
    if found:
        st.session_state.outcomes = [*st.session_state.get("outcomes", []), f"{found.kind} {found.hash}"]
    for i, one in enumerate(st.session_state.get("outcomes", [])):
        st.text(f"outcome {i}: {one}")


def with_send(registry: Any) -> tuple[list[Any], dict[str, list[Any]]]:
    alone, grouped = of_workloads(registry)
    return [*alone, st.Page(send, title="Send", url_path="send")], grouped


of_workloads, screens.of_workloads = screens.of_workloads, with_send

__all__ = ["app"]
