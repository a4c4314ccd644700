"""The panel of the log: a commitment to the list on the page goes on the chain, by the account that has signed in."""

from typing import Any

import streamlit as st

from privacy.boundary.channel import Channel
from privacy.chains.chain import Chain
from privacy.chains.contracts import Contract
from privacy.chains.deploying import deploy, deployed
from privacy.chains.opening import signer
from privacy.chains.recorded import Recorded
from privacy.chains.sender import Intent, Sender
from privacy.chains.waiting import Waiter
from privacy.errors import DataError
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services import showings
from privacy.services.showings import Showing, Shown, Verdict
from privacy.services.shown_log import CONTRACT, ShownLog
from privacy.workload import Round
from ui import resources
from ui.kit import choice, upload, wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from ui.kit.wallet import Account

_GIFT = 10**18
_SAW, _VERDICTS, _FILE = "logbook/saw", "logbook/verdicts", "logbook/file"


def show(request: RunRequest, round_: Round, registry: Registry, *, noun: str) -> None:
    """Draw the panel for the list that a round shows; `noun` is what the page calls it."""
    st.html(render("logbook/about", noun=noun))
    with st.container(width=420):
        choice.chain("logbook.chain")
    who = wallet.account()
    with guard():
        chain = resources.chain()
        contract = deployed(chain, CONTRACT)
        shown, root = showings.shown_of(request, registry, round_)
        if who is None:
            st.caption(f"Sign in at the top of the page to log this {noun}.")
        else:
            _current(_Draft(request, round_, registry, shown, root, noun), who, chain, contract)
    with st.expander("Verify a file, or see earlier entries"):
        with guard():
            _from_file()
        with guard():
            _history(who, noun)


class _Draft:
    """The list on the page, and what a log of it needs."""

    def __init__(
        self, request: RunRequest, round_: Round, registry: Registry, shown: Shown, root: bytes, noun: str
    ) -> None:
        self.request, self.round, self.registry = request, round_, registry
        self.shown, self.root, self.noun = shown, root, noun

    def begin(self, who: Account, chain: Chain, contract: Contract) -> Showing:
        """Keep the list with a fresh salt, and its model in the store, before anything is sent."""
        shown, root = showings.shown_of(self.request, self.registry, self.round, resources.store())
        return showings.begin(
            shown, model_root=root, account=who.address, chain=chain, contract=contract.address
        )  # fmt: skip


def _current(draft: _Draft, who: Account, chain: Chain, contract: Contract | None) -> None:
    """Where the list on the page stands: logged, begun, or neither."""
    known = showings.known(draft.shown, account=who.address, chain=chain)
    if known is not None and known.logged:
        _logged(known, chain, draft.noun)
    elif who.kind == "demo":
        if st.button(f"Log this {draft.noun}", key="logbook.log", type="primary"):
            with st.spinner("Logging it …"):
                _by_demo(draft, who, known)
            st.rerun()
    elif contract is None:
        _not_there(draft, who, chain)
    elif known is None:
        _poor(who, chain)
        if st.button(f"Log this {draft.noun}", key="logbook.log", type="primary"):
            draft.begin(who, chain, contract)
            st.rerun()
    else:
        _by_wallet(known, who, chain)


def _by_demo(draft: _Draft, who: Account, known: Showing | None) -> None:
    chain, channel = resources.embedded(), Channel()
    sender = Sender(Recorded(chain, channel), signer(chain, who.address))
    contract = deploy(sender, CONTRACT)
    done = showings.log(known or draft.begin(who, chain, contract), sender)
    st.session_state[_SAW] = (done.commitment, [m.public() for m in channel.seal().messages])


def _by_wallet(begun: Showing, who: Account, chain: Chain) -> None:
    """The wallet signs and sends; then the chain says whether it is logged."""
    log = ShownLog(chain, begun.contract)
    body = log.intent(who.address, begun.commitment, begun.model_root).data
    st.caption("The entry is kept on this device but is not in the log yet.")
    found = wallet.transact(
        "logbook.send",
        to=begun.contract,
        data=body,
        chain_id=chain.chain_id,
        label="Sign the transaction in the wallet",
    )
    if found is not None and found.kind != "sent":
        st.warning(markdown_text(found.sentence or "The wallet did not send the transaction."))
    sent = bool(found and found.kind == "sent")
    if sent and found:
        with st.spinner("Waiting for the chain …"):
            Waiter(chain).receipt(bytes.fromhex(found.hash[2:]))
    if sent or st.button("Check whether it is logged", key="logbook.look", type="tertiary"):
        if showings.look(begun, chain) is not None:
            st.rerun()
        st.warning("The log has no such entry. The contract may have refused the transaction.")


def _not_there(draft: _Draft, who: Account, chain: Chain) -> None:
    if chain.local:  # a demo account pays for what everybody uses
        if st.button(f"Log this {draft.noun}", key="logbook.log", type="primary"):
            own = signer(chain)
            draft.begin(who, chain, deploy(Sender(chain, own), CONTRACT))
            st.rerun()
        return
    command = f"veilbench chain deploy {CONTRACT} --chain {chain.name}"
    text = f"No {CONTRACT} on {chain.name} is known here. Create one, or name it: `{command}`"
    st.info(text)


def _poor(who: Account, chain: Chain) -> None:
    """On the chain of this device, an account without ether gets some: it is worth nothing."""
    if chain.local and not chain.balance(who.address):
        st.caption("This account has no ether on this chain to pay for a transaction.")
        if st.button("Get 1 demo ether", key="logbook.gift"):
            Sender(chain, signer(chain)).send(Intent(who.address, b"", value=_GIFT, gas=21_000))
            st.rerun()


def _logged(known: Showing, chain: Chain, noun: str) -> None:
    saw = st.session_state.get(_SAW)
    messages = saw[1] if saw and saw[0] == known.commitment else []
    st.html(render("logbook/entry", one=known, noun=noun, link=chain.link("tx", known.transaction), messages=messages))
    with st.container(horizontal=True, vertical_alignment="center"):
        pressed = st.button(f"Verify this {noun}", key="logbook.verify")
        st.download_button(
            "Download its file", known.file(), f"{noun}-{known.commitment.hex()[:12]}.json", "application/json",
            key="logbook.download", help="With this file you can prove to anybody what you were shown, and when.",
        )  # fmt: skip
    if pressed:
        with st.spinner("Reading the log …"):
            _verdicts()[known.commitment] = showings.verify(known, chain)
    if (found := _verdicts().get(known.commitment)) is not None:
        st.html(render("logbook/verdict", found=found))


def _from_file() -> None:
    def take(file: Any) -> None:
        body = file.getvalue()
        one = showings.parse(body)
        verdict = showings.verify(one, resources.chain(), claimed=showings.claimed_in(body))
        st.session_state[_FILE] = (file.name, one, verdict)

    upload.show("logbook", "The file of something logged", take, hint="What was downloaded when it was logged")
    kept: tuple[str, Showing, Verdict] | None = st.session_state.get(_FILE)
    if kept is not None:
        name, one, verdict = kept
        st.html(render("logbook/file", name=name, one=one, found=verdict))


def _history(who: Account | None, noun: str) -> None:
    found = showings.history(account=who.address if who else "")
    if not found:
        st.caption(f"No {noun} was logged on this device{' by this account' if who else ''} yet.")
        return
    if st.button("Verify all", key="logbook.all"):
        with st.spinner("Reading the log …"):
            for one in found:
                try:
                    _verdicts()[one.commitment] = showings.verify(one, resources.chain())
                except DataError as error:
                    st.warning(markdown_text(str(error)))
    st.html(render("logbook/history", found=found, verdicts=_verdicts(), noun=noun))


def _verdicts() -> dict[bytes, Verdict]:
    kept: dict[bytes, Verdict] = st.session_state.setdefault(_VERDICTS, {})
    return kept
