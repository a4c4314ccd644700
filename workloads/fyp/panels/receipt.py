"""Receipts of a feed: prove it, keep the receipt on the chain, and try to cheat."""

import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import cast

import streamlit as st

from privacy.plugin import DataError, RunRequest
from privacy.plugin.contracts import Chain, Sender, Waiter, deploy, deployed, identity, signer
from privacy.plugin.host import Progress
from privacy.plugin.provers import KINDS, KeyKind
from privacy.plugin.receipts import CONTRACT, Book, Kept
from privacy.plugin.running import BITS
from ui import resources
from ui.kit import wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from ui.kit.wallet import Account
from workloads.fyp import tastes
from workloads.fyp.options import OWN
from workloads.fyp.receipts import cheats, keeping
from workloads.fyp.receipts.cheats import Table, Try
from workloads.fyp.receipts.claims import Claim, check
from workloads.fyp.receipts.keeping import Opening
from workloads.fyp.receipts.sending import Made, registered, send, spent
from workloads.fyp.receipts.worker import MODULE, Order
from workloads.fyp.round import FeedRound
from workloads.fyp.world import World

PROOF, CHEAT = "proof of a feed", "tries to cheat"
"""The kinds of jobs."""
_FEED = "feed"
_POLL = "700ms"
_PROOF_BYTES = 256
_TRIES, _TAB = "receipts/tries", "receipts/tab"


@dataclass(frozen=True)
class Desk:
    """A feed on the page, and the account that proves it: a demo account on the chain of this device, or a wallet."""

    request: RunRequest
    run: FeedRound
    world: World
    who: Account

    @property
    def chain(self) -> Chain:
        return resources.embedded() if _signs_here(self) else resources.chain()

    @property
    def sender(self) -> Sender:
        return Sender(self.chain, signer(self.chain, self.who.address))

    @property
    def house(self) -> Sender:
        """The account that registers models on the chain of this device: the first there."""
        return Sender(self.chain, signer(self.chain))

    @property
    def registrar(self) -> str:
        """Who registers models: on a chain of others the wallet itself."""
        return self.house.signer.address if self.chain.local else self.who.address

    @property
    def book(self) -> Book | None:
        found = deployed(self.chain, CONTRACT)
        return None if found is None else Book(self.chain, found.address)

    def opened(self) -> Book:
        """The book, created where there is none on the chain of this device."""
        found = self.book
        return found if found is not None else Book(self.chain, deploy(self.house, CONTRACT).address)

    @property
    def user(self) -> str:
        return str(self.request.options["user"])

    def history(self, user: str = "") -> list[int]:
        """What a person likes, as places in the catalogue."""
        user = user or self.user
        return tastes.liked(self.world) if user == OWN else [int(one) for one in self.world.persona(user).liked]

    def openings(self, book: Book) -> list[Opening]:
        return keeping.openings(contract=book.contract.address, account=self.who.address)

    def claim(self, book: Book) -> Claim:
        """What the page shows, as a claim; the same history keeps its salt, and so its commitment."""
        history, kept = tuple(self.history()), self.openings(book)
        claim = Claim(history, tuple(self.run.shown), tuple(self.run.vector))
        salt = keeping.salt_of(history, kept)
        return claim if salt is None else Claim(history, claim.chosen, claim.vector, salt=salt)

    def kept(self, book: Book) -> tuple[Opening, Kept] | None:
        """The newest receipt of this very list, with what opens it; None where the contract has none."""
        chosen, history = set(self.run.shown), self.history()
        for one in self.openings(book):
            same = one.data == self.run.data_hash and set(one.chosen) == chosen
            if same and one.history == keeping.digest(history, int(one.salt, 16)):
                found = book.receipt(bytes.fromhex(one.receipt))
                if found is not None:
                    return one, found
        return None

    def job(self, book: Book | None, *extra: str) -> str:
        """The name of the work on this feed for the account's next receipt: each tab's own, as it has its own salts."""
        number = -1 if book is None else book.count(self.who.address)
        people = hashlib.sha256(repr((self.run.shown, self.run.vector)).encode()).hexdigest()
        place = f"{identity(self.chain)} {book.contract.address if book else ''} {self.who.address} {number}"
        return self.request.key(people, place, st.session_state.setdefault(_TAB, secrets.token_hex(8)), *extra)


def show(request: RunRequest, run: FeedRound, world: World) -> None:
    """Draw the panel of a feed."""
    st.html(render("fyp/panels/receipt_lanes", judged=run.judged, bits=BITS, bytes=_PROOF_BYTES))
    who = wallet.account()
    if who is None:
        st.caption("Sign in at the top of the page to prove this feed.")
        return
    desk = Desk(request, run, world, who)
    with guard():
        _stand(desk)


def _stand(desk: Desk) -> None:
    """Where the feed on the page stands: with a receipt, on its way to one, or without."""
    book = desk.book
    kept = None if book is None else desk.kept(book)
    if book is not None and kept is not None:
        _receipt(desk, *kept)
        if _signs_here(desk):
            _cheating(desk, book, *kept)
        return
    if book is None and not desk.chain.local:
        command = f"veilbench chain deploy {CONTRACT} --chain {desk.chain.name}"
        st.info(f"No {CONTRACT} on {desk.chain.name} is known here. Create one, or name it: `{command}`")
        return
    key = desk.job(book)
    now = resources.jobs().progress(PROOF, key)
    if now.state == "running":
        _watch(PROOF, key, "The feed is proved beside this page")
    elif now.state == "done" and book is not None:
        _finish(desk, book, key)
    else:
        _stopped(now, "proof")
        if st.button("Prove this feed", key="receipts.prove", type="primary"):
            _begin(desk)
            st.rerun()


def _signs_here(desk: Desk) -> bool:
    """Whether the account's key lies on this device, so that a press of a button sends for it."""
    return desk.who.kind == "demo"


def _begin(desk: Desk) -> None:
    book = desk.opened()
    claim = desk.claim(book)
    check(desk.world, claim)
    order = Order(desk.request, book.place(desk.who.address), desk.registrar, {_FEED: claim})
    st.session_state[_claims(desk, book)] = claim
    resources.jobs().start(PROOF, desk.job(book), MODULE, order.as_dict())


def _claims(desk: Desk, book: Book) -> str:
    """Where the session keeps what only this device knows of a proof on its way."""
    return f"receipts/claim/{desk.job(book)}"


def _finish(desk: Desk, book: Book, key: str) -> None:
    """Send the proof that has arrived."""
    made, claim = Made.of(resources.jobs().result(PROOF, key)), st.session_state[_claims(desk, book)]
    proved = made.proofs[_FEED]
    if proved.refused:
        st.warning(markdown_text(proved.refused))
        st.caption("The proof is about the exact ranking. Noise or rounded scores may have moved a card in this feed.")
        return
    opening = _opening(desk, book, made, claim)
    # Before it is sent: a receipt that nobody can open would be worth nothing.
    keeping.keep(opening)
    if not _signs_here(desk):
        _by_wallet(desk, book, made)
        return
    with st.spinner("The contract checks the proof …"):
        number = book.count(desk.who.address)
        sent = send(book, desk.house, desk.sender, made, proved, number=number)
    keeping.keep(replace(opening, gas=sent.gas))
    st.rerun()


def _opening(desk: Desk, book: Book, made: Made, claim: Claim) -> Opening:
    """What opens the receipt that the account gets next."""
    receipt = book.place(desk.who.address).receipt_id(made.model).hex()
    history, proved = keeping.digest(claim.history, claim.salt), made.proofs[_FEED]
    return Opening(
        receipt, book.contract.address, desk.who.address, made.model.hex(), desk.run.data_hash, desk.user, history,
        claim.chosen, hex(claim.salt), hex(claim.chosen_salt), made.kind, proved.seconds, made.setup_seconds, {},
    )  # fmt: skip


def _by_wallet(desk: Desk, book: Book, made: Made) -> None:
    """The wallet signs what is still to be done, one after the other; the chain says what is."""
    proved, account = made.proofs[_FEED], desk.who.address
    model = registered(book, desk.house, made, {}) if desk.chain.local else book.model(made.model)
    if model is None:
        body = book.register_call(root=made.root, key=made.key, kind=made.kind)
        step, label = "register", "Sign the registration of the model"
    elif book.profile(account) != proved.profile:
        step, body, label = "profile", book.profile_call(proved.profile), "Sign the commitment to your history"
    else:
        body = book.call_of(model, number=book.count(account), shown=proved.shown, proof=proved.proof)
        step, label = "submit", "Sign the proof"
    chain_id = desk.chain.chain_id
    found = wallet.transact(f"receipts.{step}", to=book.contract.address, data=body, chain_id=chain_id, label=label)
    if found is not None and found.kind != "sent":
        st.warning(markdown_text(found.sentence or "The wallet did not send the transaction."))
    elif found is not None:
        with st.spinner("Waiting for the chain …"):
            Waiter(desk.chain).receipt(bytes.fromhex(found.hash[2:]))
        st.rerun()


def _receipt(desk: Desk, kept: Opening, found: Kept) -> None:
    link, kind = desk.chain.link("tx", "0x" + found.transaction.hex()), cast(KeyKind, kept.kind)
    gas = kept.gas or {"check the proof": spent(desk.chain, found.transaction)}
    st.html(
        render(
            "fyp/panels/receipt", one=kept, found=found, link=link, label=KINDS[kind], bytes=_PROOF_BYTES, gas=gas,
            chain=desk.chain.name,
        )
    )  # fmt: skip


def _cheating(desk: Desk, book: Book, kept: Opening, found: Kept) -> None:
    """The button, the progress, or what became of each try."""
    key = desk.job(book, CHEAT, kept.receipt)
    every: dict[str, list[Try]] = st.session_state.setdefault(_TRIES, {})
    if key in every:
        st.html(render("fyp/panels/receipt_tries", tries=every[key]))
        return
    now = resources.jobs().progress(CHEAT, key)
    if now.state == "running":
        _watch(CHEAT, key, "The cheats are made beside this page")
    elif now.state == "done" and (values := resources.jobs().result(CHEAT, key)) is not None:
        with st.spinner("The contract decides on each …"):
            every[key] = _tried(desk, book, found, Made.of(values))
        st.rerun()
    else:
        _stopped(now, "work")
        if st.button("Try to cheat", key="receipts.cheat"):
            _plot(desk, book, kept, key)
            st.rerun()


def _plot(desk: Desk, book: Book, kept: Opening, key: str) -> None:
    """Have proofs made for the account's next receipt: an honest one, and what a cheat wants."""
    true = Claim(
        tuple(desk.history()), kept.chosen, tuple(desk.run.vector), salt=int(kept.salt, 16)
    )  # fmt: skip
    stranger = next(one.id for one in desk.world.personas if list(one.liked) != list(true.history))
    claims = cheats.claims(desk.world, true, desk.history(stranger))
    order = Order(desk.request, book.place(desk.who.address), desk.registrar, claims)
    resources.jobs().start(CHEAT, key, MODULE, order.as_dict())


def _tried(desk: Desk, book: Book, before: Kept, made: Made) -> list[Try]:
    model = book.model(before.model)
    if model is None:
        raise DataError("the contract does not know this model", then="prove the feed again")
    table = Table(book, desk.sender, desk.house)
    return list(cheats.tries(table, model, made, before, number=book.count(desk.who.address)))


def _stopped(now: Progress, what: str) -> None:
    if now.state == "failed":
        st.error(markdown_text(now.error))
    elif now.state == "cancelled":
        st.caption(f"The {what} was cancelled.")


def _watch(kind: str, key: str, text: str) -> None:
    """Progress, polled; the page is drawn again at the end."""

    @st.fragment(run_every=_POLL, key=f"watch {kind}")
    def poll() -> None:
        now = resources.jobs().progress(kind, key)
        if now.state != "running":
            st.rerun()
        step = f": {now.label}" if now.label else ""
        st.progress(now.share, text=markdown_text(f"{text}{step}"))
        if st.button("Cancel", key=f"receipts.cancel {kind}"):
            resources.jobs().cancel(kind, key)
            st.rerun()

    poll()
