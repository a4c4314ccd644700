"""Owner: one's images, the consent to their use, and what each of them earned."""

from collections.abc import Mapping, Sequence

import streamlit as st

from privacy.plugin import VeilbenchError
from ui import resources
from ui.kit import figure, notice
from ui.kit.errors import guard
from ui.kit.html import render
from ui.kit.link import Link
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.market import consent
from workloads.labeling.market.income import Account, Income, resume, show, suspend
from workloads.labeling.market.manifest import Manifest
from workloads.labeling.market.owners import Owned, Owners
from workloads.labeling.market.registering import Registered
from workloads.labeling.market.shelf import Listing
from workloads.labeling.onchain.amounts import crol
from workloads.labeling.panels import pictures, trade
from workloads.labeling.panels.trade import Place, Who
from workloads.labeling.rounds.demo import ready
from workloads.labeling.rounds.service import Rounds

ID = "owner"
_SHOWN, _NEWS = 60, 12
_INTRO = (
    "<p class='vb'>The owner of an image decides whether it may be used. The owner is paid for each purchase and "
    "training iteration of a data set with that image. Consent and payments are on the chain; of the image, only its "
    "digest is.</p>"
)


def page() -> None:
    """Draw the page from its address."""
    link = Link.enter(ID, lambda query: dict(query))
    st.title("Owner", anchor=False)
    st.html(_INTRO)
    with guard(), Album(resources.registry()) as album:
        place = trade.place()
        with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
            who = trade.who(place, link)
            st.html(render("labeling/panels/purse", balance=crol(place.balance(who.account)), chain=place.chain.name))
        sets = _sets(place)
        left, right = st.columns([6, 5], gap="medium")
        with left, st.container(border=True, gap="small"):
            st.subheader("Income", anchor=False)
            with guard():
                _income(place, who, sets)
        with right, st.container(border=True, gap="small"):
            st.subheader("Images and consent", anchor=False)
            with guard():
                _images(place, who, album, sets)
    notice.problems(link.problems())
    notice.device(resources.registry().workload("labeling"))


def _sets(place: Place) -> list[tuple[Listing, Manifest]]:
    """The data sets whose manifest can be read."""
    found = []
    for one in place.shelf.listings():
        try:
            found.append((one, place.shelf.manifest(one)))
        except VeilbenchError as error:
            st.caption(f"The data set {one.name[:8]} is left out: {error}")
    return found


def _income(place: Place, who: Who, sets: Sequence[tuple[Listing, Manifest]]) -> None:
    """The picture of what was paid, each data set's account, and the news."""
    income = Income(place.shelf)
    found = [(one, made, income.account(who.account, one, made)) for one, made in sets]
    accounts = [account for _, _, account in found if account is not None]
    if not accounts:
        st.info("None of this account's images is in a data set.")
        return
    if any(account.payments for account in accounts):
        figure.show(pictures.compensation(accounts))
    st.html(render("labeling/panels/accounts", accounts=accounts, crol=crol))
    for one, made, account in found:
        if account is not None and account.due:
            trade.do(
                place, who, income.withdraw(who.account, one, made),
                f"Withdraw {crol(account.due)} CROL of {made.title}", key=f"owner.withdraw.{one.name[:12]}",
                said=f"{crol(account.due)} CROL are yours.", primary=True,
            )  # fmt: skip
    _held(place, who, sets)
    _news(place, accounts)


def _held(place: Place, who: Who, sets: Sequence[tuple[Listing, Manifest]]) -> None:
    """What the holder of a data set has of its purchases."""
    for one, made in sets:
        due = int(place.town.market.read("incomeOf", one.id, who.account))
        if due:
            trade.do(
                place, who, place.shelf.withdraw_income(one),
                f"Withdraw {crol(due)} CROL as the holder of {made.title}", key=f"owner.holder.{one.name[:12]}",
                said=f"{crol(due)} CROL are yours.",
            )  # fmt: skip


def _news(place: Place, accounts: Sequence[Account]) -> None:
    """Each purchase and use, the newest first, with the images that it covered."""
    news = sorted((p for account in accounts for p in account.payments), key=lambda p: -p.block)
    if news:
        names = place.names()
        st.html(render("labeling/panels/news", news=news[:_NEWS], more=len(news) - _NEWS, crol=crol, names=names))


def _images(place: Place, who: Who, album: Album, sets: Sequence[tuple[Listing, Manifest]]) -> None:
    """The account's images: those to register, and the consent to those that are."""
    known = place.registry.all()
    mine = _mine(place, who, album)
    waiting = [one for one in mine if one.digest not in known]
    registered = [known[one.digest] for one in mine if one.digest in known and known[one.digest].owner == who.account]
    st.html(render("labeling/panels/holdings", waiting=len(waiting), registered=len(registered)))
    if waiting:
        with st.expander("What you agree to by registering"):
            st.markdown(consent.TEXT)
        agreed = st.checkbox("I agree to this for these images", key="owner.agree")
        if agreed:
            trade.do(
                place, who, place.registry.register(who.account, [one.digest for one in waiting]),
                f"Register {len(waiting)} images", key="owner.register", said="They are registered.", primary=True,
            )  # fmt: skip
    urls = {one.digest: album.url(one.image) for one in mine[:_SHOWN]}
    _consents(place, who, registered, sets, urls)


def _mine(place: Place, who: Who, album: Album) -> list[Owned]:
    """The account's images that were brought, and of those that ship what is in a round."""
    owners = Owners(album)
    rounds = ready(Rounds())
    named = dict.fromkeys(image for one in rounds.rounds() for _, image in rounds.images(one.id))
    images = [*(one.id for one in album.all()), *(image for image in named if _ships(image))]
    found = [owners.of(image) for image in dict.fromkeys(images)]
    return [one for one in found if one.owner == who.account]


def _ships(image: str) -> bool:
    return image.partition("-")[0] in shipped.DOMAINS


def _consents(
    place: Place, who: Who, registered: Sequence[Registered], sets: Sequence[tuple[Listing, Manifest]],
    urls: Mapping[bytes, str],
) -> None:  # fmt: skip
    """One image at a time: what it is in, and its consent."""
    if not registered:
        return
    by_name = {one.digest.hex(): one for one in registered}
    revoked = {name: place.registry.revoked(one.digest) for name, one in by_name.items()}
    cells = [
        {"place": n, "url": urls[one.digest], "label": name[:8], "note": "taken back" if revoked[name] else "agreed"}
        for n, (name, one) in enumerate(by_name.items()) if one.digest in urls
    ]  # fmt: skip
    st.html(render("labeling/panels/grid", items=cells))
    name = str(st.selectbox("Image", list(by_name), format_func=lambda n: f"{n[:16]}…", key="owner.image", width=260))
    one = by_name[name]
    st.html(render("labeling/panels/life", thing=name))
    within = [(listing, made) for listing, made in sets if name in {piece.digest for piece in made.images}]
    if not place.registry.claimed(one.digest):
        st.caption("Before you change the consent to an image, write its ownership into the contract.")
        trade.do(
            place, who, place.registry.claim(one), "Claim this image", key="owner.claim", said="The image is claimed."
        )
    elif revoked[name]:
        trade.do(
            place, who, place.registry.give(one.digest), "Agree to its use again", key="owner.give",
            said="You agreed to its use again.",
        )  # fmt: skip
    else:
        trade.do(
            place, who, place.registry.revoke(one.digest), "Take the consent back", key="owner.revoke",
            said="The consent is taken back. Anybody may now suspend the data sets that have the image.",
        )  # fmt: skip
    for listing, made in within:
        if not place.town.market.events("ImageShown", dataset=listing.id.to_bytes(32, "big"), image=one.digest):
            trade.do(
                place, who, show(place.town.market, listing, made, name), f"Show that it is in {made.title}",
                key=f"owner.show.{listing.name[:12]}", said=f"Its life on the chain goes on in {made.title}.",
            )  # fmt: skip
        stopped = one.digest in place.shelf.happened(listing).suspended
        if revoked[name] and not stopped:
            act = suspend(place.town.market, listing, made, name)
            trade.do(
                place, who, act, f"Suspend {made.title}", key=f"owner.stop.{listing.name[:12]}",
                said=f"{made.title} is neither sold nor trained on until the consent is there again.",
            )  # fmt: skip
        elif stopped and not revoked[name]:
            act = resume(place.town.market, listing, name)
            trade.do(
                place, who, act, f"Let {made.title} be sold again", key=f"owner.resume.{listing.name[:12]}",
                said=f"{made.title} is for sale again.",
            )  # fmt: skip
