"""The contracts of the crowd on the chain in use, for a page: found, or set up by a button."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import streamlit as st

from privacy.plugin.contracts import Chain, Contract, Intent, Sender, Signer, Waiter, identity, signer
from privacy.plugin.stores import BlobStore
from ui import resources
from ui.kit import wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from workloads.labeling.onchain.accounts import signer_of
from workloads.labeling.onchain.staking import fund
from workloads.labeling.onchain.steps import Course
from workloads.labeling.onchain.town import Town, build, standing
from workloads.labeling.rounds.service import Rounds

_ABOUT = (
    "The crowd has no contracts on {chain} yet. Setting up creates them: the token CROL, stakes, qualifications, "
    "rounds, payouts and a market. {operator} pays for this, starts with all CROL, attests who qualified, and "
    "proposes pay."
)


@dataclass(frozen=True)
class Place:
    """The chain in use, the crowd's contracts on it, and the store that keeps payout documents."""

    chain: Chain
    town: Town
    store: BlobStore

    @property
    def operator(self) -> Sender:
        """The account of this device that runs the crowd. ParamError where none signs on this chain."""
        return Sender(self.chain, signer(self.chain))

    def course(self, rounds: Rounds, number: int) -> Course:
        """A round on its way over this chain. StateError where it is on another one."""
        return Course(rounds, number, self.town, self.store)


def place() -> Place | None:
    """The place of the chain in use; None where nothing is set up there. ChainError where it cannot be used."""
    chain = resources.chain()
    key = f"{identity(chain)} {id(chain)}"
    town = _towns().get(key) or standing(chain)
    if town is None:
        return None
    _towns()[key] = town
    return Place(chain, town, resources.store())


@st.cache_resource(show_spinner=False)
def _towns() -> dict[str, Town]:
    """Towns that were found: to look for one takes some dozens of calls, and it stays where it is."""
    return {}


def set_up(key: str) -> None:
    """A button that creates the contracts, with what that does."""
    chain = resources.chain()
    who = signer(chain)
    st.html(f"<p class='vb'>{_ABOUT.format(chain=chain.name, operator=who.label)}</p>")
    if st.button("Set up the contracts", key=key):
        with guard(), st.spinner("Creating the contracts …"):
            build(Sender(chain, who))
            st.rerun()


def act(
    at: Place, labeler: str, contract: Contract, function: str, *args: Any, key: str, label: str, value: int = 0,
    primary: bool = False,
) -> bool:  # fmt: skip
    """A button by which a labeler sends a call: its own wallet signs, or the key that this device has.

    True once it is mined; a refusal is said on the page.
    """
    who = signer_of(at.chain, labeler)
    body = contract.encode(function, *args)
    if who is not None:
        return pressed(label, key, lambda: _send(at, who, contract, body, value), primary=primary)
    account = wallet.account()
    if account is None or account.address.lower() != labeler.lower():
        st.caption("Sign in with this wallet, at the top of the page, to send transactions.")
        return False
    found = wallet.transact(
        key, to=contract.address, data=body, value=value, chain_id=at.chain.chain_id, label=label
    )  # fmt: skip
    if found is None:
        return False
    if found.kind != "sent":
        st.warning(markdown_text(found.sentence or "The wallet did not send the transaction."))
        return False
    with st.spinner("Waiting for the chain …"):
        receipt = Waiter(at.chain).receipt(bytes.fromhex(found.hash[2:]))
    if not receipt.ok:
        st.warning("The contract refused the transaction. The Chain page says why.")
    return receipt.ok


def pressed(label: str, key: str, work: Callable[[], object], *, primary: bool = False, **more: Any) -> bool:
    """A button that does something at once; True once that is done, an error is said on the page."""
    if not st.button(label, key=key, type="primary" if primary else "secondary", **more):
        return False
    done = False
    with guard(), st.spinner("Waiting for the chain …"):
        work()
        done = True
    return done


def _send(at: Place, who: Signer, contract: Contract, body: bytes, value: int) -> None:
    if who.address != at.operator.signer.address:
        fund(at.town, at.operator, who.address)
    with contract.naming():
        Sender(at.chain, who).send(Intent(contract.address, body, value=value))
