"""Who has signed in, and transactions that their wallet signs: for the router and for pages.

The server's own store says who has signed in, and nothing that the browser's code says. A transaction's hash comes from
the browser: whether it was mined, and what it did, only the chain says.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from privacy.chains.sender import Intent
from privacy.errors import VeilbenchError
from privacy.services.sessions import Session
from privacy.wallets.address import checksummed, short
from ui import resources
from ui.components import wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text

COOKIE = "veilbench_session"
_CONTROL, _SEEN = "wallet/control", "wallet/session"
_HASH = re.compile(r"0x[0-9a-f]{64}")
_KINDS = ("sent", "rejected", "wrong chain", "failed")


@dataclass(frozen=True)
class Account:
    """Who has signed in. `kind` is "wallet", whose holder has proved it, or "demo", whose key lies on this device."""

    address: str
    kind: Literal["wallet", "demo"]
    chain_id: int
    until: float

    @property
    def short(self) -> str:
        """The address as a person reads it."""
        return short(self.address)


@dataclass(frozen=True)
class Outcome:
    """What became of a transaction: `hash` where it was sent, else a `sentence` that says why not."""

    kind: Literal["sent", "rejected", "wrong chain", "failed"]
    hash: str = ""
    sentence: str = ""


def account() -> Account | None:
    """Who has signed in in this browser, or None."""
    found = _session()
    return Account(found.address, found.kind, found.chain_id, found.until) if found else None


def control() -> None:
    """The account control, in the header of every page."""
    with guard():
        found = _session()
        shown = found and {
            "address": found.address, "kind": found.kind, "since": found.since, "until": found.until,
        }  # fmt: skip
        with st.container(key="vb-account"):
            wallet.control(
                key=_CONTROL, data={"account": shown, "network": _network()},
                on_ticket_change=_arrive, on_ended_change=lambda: None,
            )  # fmt: skip


def transact(key: str, *, to: str, data: bytes, value: int = 0, chain_id: int, label: str) -> Outcome | None:
    """A button by which the account that has signed in sends a transaction; its outcome once, in the run after.

    `value` is in wei. The wallet of the account signs it, or for a demo account this device. None while nothing has
    happened, or nobody has signed in. MalformedAddress if `to` is none; the hash proves nothing: look at the chain.
    """
    who, network = account(), resources.wallets().network()
    if who is None:
        st.caption("Sign in to send a transaction: the button is at the top of the page.")
        return None
    if chain_id != network.chain_id:
        text = f"This is for chain {chain_id}, but {network.name} (chain {network.chain_id}) is in use."
        st.warning(markdown_text(text))
        return None
    to = checksummed(to)
    if who.kind == "demo" and who.chain_id != chain_id:
        st.warning(markdown_text(f"Demo accounts have no key on {network.name}. Sign in with a wallet to send there."))
        return None
    if who.kind == "demo":
        return _by_demo(key, who, to=to, data=data, value=value, label=label)
    wanted = {"to": to, "data": f"0x{data.hex()}", "value": hex(value), "from": who.address}
    id = hashlib.sha256(repr((sorted(wanted.items()), chain_id)).encode()).hexdigest()
    found = wallet.send(
        key=key, data={**wanted, "id": id, "label": label, "network": _network()}, on_outcome_change=lambda: None
    )
    return _outcome(found.outcome, id)


def _by_demo(key: str, who: Account, *, to: str, data: bytes, value: int, label: str) -> Outcome | None:
    if not st.button(label, key=key, type="primary"):
        return None
    try:
        return Outcome("sent", resources.demo_send(who.address, Intent(to, data, value)))
    except VeilbenchError as error:
        return Outcome("failed", sentence=str(error))


def _outcome(said: Any, id: str) -> Outcome | None:
    """What the browser says of a transaction, checked; None of another one than that which is on the page now."""
    if not isinstance(said, dict) or said.get("id") != id or said.get("kind") not in _KINDS:
        return None
    kind, hash, sentence = said["kind"], said.get("hash"), said.get("sentence")
    if kind == "sent":
        return Outcome("sent", hash) if isinstance(hash, str) and _HASH.fullmatch(hash) else None
    return Outcome(kind, sentence=sentence[:400] if isinstance(sentence, str) else "")


def _network() -> dict[str, str]:
    """The chain in use, for the browser: numbers as text, as a chain id may have more bits than its numbers."""
    found = resources.wallets().network()
    return {
        "name": found.name, "chain_id": str(found.chain_id), "rpc_url": found.rpc_url, "explorer": found.explorer,
        "currency": found.currency,
    }  # fmt: skip


def _session() -> Session | None:
    """The session of this browser: that of a ticket which the page has shown, else of the cookie it came with.

    The page's connection keeps the cookies with which it was opened; who signs in later shows a ticket.
    """
    desk, seen = resources.wallets(), st.session_state.get(_SEEN)
    found = (desk.sessions.get(seen) if seen else None) or desk.sessions.of_token(_cookie())
    return None if found and found.kind == "demo" and not desk.loopback else found


def _cookie() -> str:
    return str(st.context.cookies.get(COOKIE, ""))


def _arrive() -> None:
    """Look who a ticket is of."""
    ticket = st.session_state[_CONTROL].get("ticket")
    found = resources.wallets().redeem(ticket) if isinstance(ticket, str) else None
    if found:
        st.session_state[_SEEN] = found.id
