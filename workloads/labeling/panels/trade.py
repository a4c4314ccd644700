"""What the pages of the market share: the market of the chain in use, who acts, and a button that does an act."""

import secrets
from dataclasses import dataclass

import streamlit as st

from privacy.plugin import ParamError
from privacy.plugin.contracts import Chain, Reverted, Sender, Signer, Waiter, address, named, signer
from privacy.plugin.stores import BlobStore
from ui.kit import wallet
from ui.kit.errors import Shown, guard
from ui.kit.format import markdown_text
from ui.kit.link import Link, one_of
from workloads.labeling.market.acts import Act, allowance, allowed
from workloads.labeling.market.registering import Registry
from workloads.labeling.market.shelf import Shelf
from workloads.labeling.onchain.accounts import account_of, signer_of
from workloads.labeling.onchain.amounts import crol
from workloads.labeling.onchain.staking import fund
from workloads.labeling.onchain.town import Town
from workloads.labeling.panels import town_place
from workloads.labeling.rounds.demo import LABELERS

_SAID = "trade/said"


@dataclass(frozen=True)
class Who:
    """Who acts on a page: an account, what people call it, and its key where that lies on this device."""

    account: str
    name: str
    signer: Signer | None


@dataclass(frozen=True)
class Place:
    """The market in use: its chain and contracts, the store of blobs, and the account that runs it, if it is here."""

    chain: Chain
    town: Town
    store: BlobStore
    operator: Signer | None

    @property
    def shelf(self) -> Shelf:
        return Shelf(self.town.market, self.store)

    @property
    def registry(self) -> Registry:
        return Registry(self.town.images, self.store)

    def running(self) -> Sender:
        """The account that runs the market, as a sender. ParamError where its key is not on this device."""
        return Sender(self.chain, self.operator or signer(self.chain))

    def sender(self, of: Signer) -> Sender:
        """An account of this device as a sender, with the ether that a few transactions take."""
        if self.operator is not None:
            fund(self.town, self.running(), of.address)
        return Sender(self.chain, of)

    def balance(self, account: str) -> int:
        """Units of CROL of an account."""
        return int(self.town.crol.read("balanceOf", account))

    def names(self) -> dict[str, str]:
        """What people call the accounts of this device."""
        own = {address(one.address): one.label for one in self.chain.signers()}
        return own | {account_of(labeler): f"{name} (demo labeler)" for labeler, name in LABELERS.items()}


def place() -> Place:
    """The market of the chain in use; where there is none yet, a button that builds it, and the page ends there."""
    if text := st.session_state.pop(_SAID, ""):
        st.success(markdown_text(text))
    found = town_place.place()
    if found is None:
        town_place.set_up("trade.build")
        raise Shown
    return Place(found.chain, found.town, found.store, _operator(found.chain))


def _operator(chain: Chain) -> Signer | None:
    """The account of this device that runs the market here; None where the chain has none."""
    try:
        return signer(chain)
    except ParamError:
        return None


def who(place: Place, link: Link) -> Who:
    """A choice of who acts: the account that has signed in, or a demo labeler of this device."""
    names = {account_of(labeler): f"{name} (demo labeler)" for labeler, name in LABELERS.items()}
    keys = {account_of(labeler): signer_of(place.chain, labeler) for labeler in LABELERS}
    if (account := wallet.account()) is not None:
        names = {account.address: f"{account.short}, signed in", **names}
        keys[account.address] = signer_of(place.chain, account.address) if account.kind == "demo" else None
    chosen = str(st.selectbox(
        "Account", list(names), format_func=names.__getitem__, width=260,
        help="Demo labelers are accounts on this machine, and anybody using it can act as each of them.",
        **link.bind("account", next(iter(names)), one_of(list(names), "account")),
    ))  # fmt: skip
    return Who(chosen, names[chosen], keys[chosen])


def do(place: Place, who: Who, act: Act, label: str, *, key: str, said: str = "", primary: bool = False) -> None:
    """A button that does one act: by a key of this device, or by the wallet that has signed in."""
    if who.signer is not None:
        if st.button(label, key=key, type="primary" if primary else "secondary"):
            with guard():
                act.by(place.sender(who.signer))
                _done(said)
        return
    found = wallet.transact(
        key, to=act.contract.address, data=act.data, value=act.value, chain_id=place.chain.chain_id, label=label
    )
    if found is None:
        return
    if found.kind != "sent":
        st.warning(markdown_text(found.sentence or "The wallet did not send the transaction."))
        return
    with guard(), st.spinner("Waiting for the chain …"):
        if Waiter(place.chain).receipt(bytes.fromhex(found.hash[2:])).ok:
            _done(said)
        raise _why(place, who, act)


def pay(place: Place, who: Who, act: Act, amount: int, label: str, *, key: str, said: str = "") -> None:
    """A button that does an act for which a contract takes CROL: first it is allowed to.

    A key of this device does both at a click; a wallet signs one after the other.
    """
    has = place.balance(who.account)
    if has < amount:
        st.caption(f"{who.name} has {crol(has)} CROL but needs {crol(amount)}. The page Label has a faucet and a swap.")
        return
    if allowed(place.town.crol, who.account, act.contract) >= amount:
        do(place, who, act, label, key=key, said=said, primary=True)
        return
    grant = allowance(place.town.crol, act.contract, amount)
    if who.signer is None:
        do(place, who, grant, f"Allow it to take {crol(amount)} CROL", key=f"{key}.allow")
    elif st.button(label, key=key, type="primary"):
        with guard():
            sender = place.sender(who.signer)
            grant.by(sender)
            act.by(sender)
            _done(said)


def _done(text: str) -> None:
    st.session_state.pop("together/salt", None)
    st.session_state[_SAID] = text or "Done: the transaction is on the chain."
    st.rerun()


def _why(place: Place, who: Who, act: Act) -> Reverted:
    """Why the contract refused what a wallet sent: it is asked again."""
    try:
        place.chain.call(act.contract.address, act.data, sender=who.account, value=act.value)
    except Reverted as error:
        return named(error)
    return Reverted("the contract refused it", then="the page Chain says why")


def salt() -> bytes:
    """What tells one's acts of a kind apart, drawn anew."""
    return secrets.token_bytes(32)


def short_of(names: dict[str, str], account: str) -> str:
    """What people call an account, or the ends of its address."""
    return names.get(account, f"{account[:6]}…{account[-4:]}")
