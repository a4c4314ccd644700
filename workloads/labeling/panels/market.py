"""Market: labelled data sets, where they come from, what they cost, and training on them here."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from privacy.plugin import VeilbenchError
from ui import resources
from ui.kit import figure, notice
from ui.kit.errors import guard
from ui.kit.html import render
from ui.kit.link import Link
from workloads.labeling.images.album import Album
from workloads.labeling.market.manifest import Manifest
from workloads.labeling.market.model import HIDDEN
from workloads.labeling.market.owners import Owned
from workloads.labeling.market.publishing import Publisher
from workloads.labeling.market.release import are_the_rounds, key_for, packed
from workloads.labeling.market.shelf import Happened, Listing, Offer
from workloads.labeling.market.training import MOST, Trainer, Training, trainings, weights_of
from workloads.labeling.onchain.accounts import account_of, signer_of
from workloads.labeling.onchain.amounts import crol, units
from workloads.labeling.onchain.kept import on_chain
from workloads.labeling.onchain.qualifying import domain_digest
from workloads.labeling.panels import pictures, together, trade
from workloads.labeling.panels.trade import Place, Who
from workloads.labeling.rounds.demo import LABELERS, ready
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import CLASSES, FINAL

ID = "market"
_DRAFT = "market/draft"
_INTRO = (
    "<p class='vb'>The market sells labelled data sets. Each purchase and each training iteration pays the owners of "
    "the images. A data set is encrypted; its key goes to buyers and to labelers who qualified in its domain.</p>"
)
_OPEN = (
    "Whoever has the plain images can train elsewhere, and nobody can meter that. When you train here instead, the "
    "images stay on the machine that published them, and you pay for each iteration."
)


def page() -> None:
    """Draw the page from its address."""
    link = Link.enter(ID, lambda query: dict(query))
    st.title("Market", anchor=False)
    st.html(_INTRO)
    with guard():
        place = trade.place()
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            who = trade.who(place, link)
            st.html(render("labeling/panels/purse", balance=crol(place.balance(who.account)), chain=place.chain.name))
        listings = place.shelf.listings()
        with st.expander("Publish a round", expanded=not listings), guard():
            _publish(place, who)
        if listings:
            _shelf(place, who, listings, link)
        else:
            st.info("Nothing is for sale yet. Publish a final round first.")
    notice.problems(link.problems())
    notice.device(resources.registry().workload("labeling"))


def _shelf(place: Place, who: Who, listings: list[Listing], link: Link) -> None:
    """All data sets in a table, and the one that is chosen."""
    there = {one.name: one for one in listings}
    manifests: dict[str, Manifest] = {}
    rows: list[tuple[Listing, Manifest | None, Happened, str]] = []
    for one in listings:
        try:
            manifests[one.name] = place.shelf.manifest(one)
            rows.append((one, manifests[one.name], place.shelf.happened(one), ""))
        except VeilbenchError as error:
            rows.append((one, None, place.shelf.happened(one), str(error)))
    st.html(render("labeling/panels/shelf", rows=rows, crol=crol, names=place.names()))
    if not manifests:
        return
    name = st.selectbox(
        "Data set", list(manifests), format_func=lambda n: f"{manifests[n].title} ({n[:8]})", width=360,
        **link.bind("set", next(iter(manifests)), lambda text: text if text in manifests else next(iter(manifests))),
    )  # fmt: skip
    _listing(place, who, there[name], manifests[name])


def _listing(place: Place, who: Who, one: Listing, manifest: Manifest) -> None:
    left, right = st.columns([6, 5], gap="medium")
    with left, st.container(border=True, gap="small"):
        st.subheader("Where it comes from", anchor=False)
        happened = place.shelf.happened(one)
        names = place.names()
        st.html(render(
            "labeling/panels/provenance", one=one, manifest=manifest, happened=happened, crol=crol, names=names,
            holder=trade.short_of(names, place.shelf.holder(one)),
        ))  # fmt: skip
        st.html(render("labeling/panels/coverage", rows=manifest.groups, classes=manifest.classes))
        st.html(render("labeling/panels/life", thing=one.name))
    with right:
        with st.container(border=True, gap="small"):
            st.subheader("Buy it", anchor=False)
            with guard():
                _buy(place, who, one, manifest)
        with st.container(border=True, gap="small"):
            st.subheader("Train on it here", anchor=False)
            with guard():
                _train(place, who, one, manifest)


def _buy(place: Place, who: Who, one: Listing, manifest: Manifest) -> None:
    shelf, town = place.shelf, place.town
    qualified = bool(town.gate.read("isQualified", who.account, domain_digest(manifest.domain)))
    reads = shelf.may_read(one, who.account, consortia=town.consortia)
    if not reads:
        trade.pay(
            place, who, shelf.buy(one), one.offer.price, f"Buy for {crol(one.offer.price)} CROL", key="market.buy",
            said=f"You bought {manifest.title}. Its owners got {crol(one.offer.owners_part())} CROL.",
        )  # fmt: skip
        with st.expander("Buy it together"):
            together.show(place, who, one)
    if reads or qualified:
        why = "holds or bought it" if reads else "qualified in its domain"
        st.html(f"<p class='vb vb-note'>This account may have the key: it {why}.</p>")
        if st.button("Open it", key="market.open"):
            key = key_for(who.account, one, manifest, shelf, qualified=qualified, consortia=town.consortia)
            st.download_button(
                "Download images and labels", packed(key, manifest, shelf), f"{manifest.domain}-{one.name[:8]}.zip",
                "application/zip", key="market.zip",
            )  # fmt: skip
            proven = are_the_rounds(key, manifest, shelf, town.rounds)
            st.html(render("labeling/panels/key", key=key.hex(), cipher=manifest.cipher, proven=proven))
    st.html(f"<p class='vb vb-note'>{_OPEN}</p>")


def _train(place: Place, who: Who, one: Listing, manifest: Manifest) -> None:
    if manifest.kind != CLASSES:
        st.info(
            "The model here learns one class for each image, but these labels are boxes. Buy the data set to "
            "train elsewhere."
        )
        return
    shelf = place.shelf
    meter = shelf.meter(one, who.account)
    st.html(render("labeling/panels/meter", meter=meter, each=crol(one.offer.per_iteration), hidden=HIDDEN))
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = int(st.number_input("Iterations", 1, MOST, 3, width=130, key="market.iterations"))
        cost = one.offer.training(count)
        trade.pay(
            place, who, shelf.prepay(one, who.account, count), cost, f"Prepay {crol(cost)} CROL", key="market.prepay",
            said=f"{count} iterations are prepaid.",
        )  # fmt: skip
        if meter.left and place.operator is not None and st.button("Train", key="market.train", type="primary"):
            _go(place, who, one, min(count, meter.left))
    made = trainings(one.id, who.account)
    if made:
        _made(place, who, one, made[0])


def _go(place: Place, who: Who, one: Listing, count: int) -> None:
    sender = place.running()
    trainer = Trainer(place.shelf, sender.signer, sender)
    bar = st.progress(0.0, text="Training …")
    with guard():
        training = trainer.begin(one, who.account, iterations=count)
        trainer.train(training, tell=lambda now: _tell(bar, now))
        st.rerun()


def _tell(bar: Any, now: Training) -> None:
    bar.progress(len(now.steps) / now.wanted, text=f"Iteration {len(now.steps)} of {now.wanted} is made and paid.")


def _made(place: Place, who: Who, one: Listing, training: Training) -> None:
    """The newest run: its losses, receipts and weights."""
    if not training.done:
        st.warning("This training was interrupted. Finished iterations are kept, and nothing is paid twice.")
        if place.operator is not None and st.button("Go on", key="market.on"):
            sender = place.running()
            with guard():
                Trainer(place.shelf, sender.signer, sender).train(training)
                st.rerun()
    if not training.steps:
        return
    figure.show(pictures.losses(training.steps))
    st.html(render("labeling/panels/receipts", training=training, crol=crol, each=one.offer.per_iteration))
    with st.container(horizontal=True):
        lines = "\n".join(step.receipt.as_json() for step in training.steps)
        st.download_button("Receipts, JSON lines", lines, f"receipts-{training.run[:8]}.jsonl", key="market.receipts")
        body = weights_of(training).to_file()
        st.download_button("Model, safetensors", body, f"model-{training.run[:8]}.safetensors", key="market.model")


def _publish(place: Place, who: Who) -> None:
    """The form that publishes a final round."""
    registry = resources.registry()
    with Album(registry) as album:
        rounds = ready(Rounds())
        final = {one.id: one for one in rounds.rounds() if one.state == FINAL}
        if not final:
            st.info("No round is final yet. On Crowd > Rounds, fill a round, seal it and make it final.")
            return
        with st.container(horizontal=True, vertical_alignment="bottom"):
            number = st.selectbox(
                "Round", list(final), format_func=lambda n: f"{n}: {final[n].title}", width=260, key="market.round"
            )
            price = st.text_input("Price, CROL", "100", width=120, key="market.price")
            each = st.text_input("Each iteration, CROL", "2", width=150, key="market.each")
            cut = st.slider("Of a purchase for you", 0, 50, 10, format="%d%%", width=190, key="market.cut")
        offer = Offer.of(units(price), units(each), holder_percent=cut)
        trainer = place.operator.address if place.operator is not None else who.account
        publisher = Publisher(rounds, album, place.shelf, place.registry, account=who.account, trainer=trainer)
        missing = publisher.missing(number)
        if missing:
            st.html(render("labeling/panels/missing", missing=missing, items=final[number].items))
            _register_demo(place, missing)
            return
        chained = on_chain(rounds.book, number)
        # Sealing the images takes a while: only once somebody wants it.
        draft = (number, who.account, vars(offer))
        if st.session_state.get(_DRAFT) != draft:
            if not st.button("Seal its images and labels", key="market.prepare", type="primary"):
                return
            with st.spinner("Sealing images and labels …"):
                publisher.act(number, offer, on_chain=chained.id if chained else b"")
            st.session_state[_DRAFT] = draft
            st.rerun()
        act = publisher.act(number, offer, on_chain=chained.id if chained else b"")
        st.html("<p class='vb vb-note'>Images, labels and the manifest are sealed and in the store.</p>")
        trade.do(
            place, who, act, "Put it up for sale", key="market.publish", primary=True,
            said=f"{final[number].title} is for sale.",
        )  # fmt: skip


def _register_demo(place: Place, missing: Sequence[Owned]) -> None:
    """A button by which demo labelers register the images that are theirs."""
    own = {account_of(labeler): signer_of(place.chain, labeler) for labeler in LABELERS}
    theirs = [one for one in missing if own.get(one.owner) is not None]
    if theirs and st.button(f"Let the demo labelers register their {len(theirs)} images", key="market.register"):
        with guard(), st.spinner("Registering …"):
            for owner, key in own.items():
                digests = [one.digest for one in theirs if one.owner == owner]
                if digests and key is not None:
                    place.registry.register(owner, digests).by(place.sender(key))
            st.rerun()
