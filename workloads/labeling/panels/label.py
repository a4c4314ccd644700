"""Label: choose who you are, qualify on gold, then label a round, one vote an item."""

from typing import Any

import streamlit as st

from privacy.plugin import VeilbenchError
from ui import resources
from ui.kit import notice, screens, wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from ui.kit.link import Link, one_of
from workloads.labeling.images.album import Album, Sizes
from workloads.labeling.onchain.kept import titles
from workloads.labeling.panels import earning, parts
from workloads.labeling.rounds.demo import LABELERS, ready
from workloads.labeling.rounds.service import Round, Rounds
from workloads.labeling.rounds.terms import BOXES, CLASSES, OPEN, QUALIFIED, QUALIFYING, WALLET, Domain, Standing

ID = "label"
_SAID, _LAST = "label/said", "label/last"
_INTRO = (
    "<p class='vb'>Labelers say what images show. Gold images, whose answer is known, decide who qualifies: labelers "
    "with enough right answers may label in that domain, and very good ones count more. Nobody reads a vote before "
    "the round is sealed.</p>"
)
QUESTIONS = {CLASSES: "What is on this image?", BOXES: "Draw a box around each thing that you see."}
_TONES = {QUALIFIED: "good", QUALIFYING: "dim"}


def page() -> None:
    """Draw the page from its address."""
    with Album(resources.registry()) as album:
        _page(album)


def _page(album: Album) -> None:
    rounds = ready(Rounds(sizes=Sizes(album)))
    link = Link.enter(ID, lambda query: dict(query))
    st.title("Label", anchor=False)
    st.html(_INTRO)
    with guard():
        labeler, domain = _who(rounds, link)
        standing = rounds.standing(labeler, domain.id)
        _standing(standing, domain)
        number = None
        if standing.state == QUALIFYING:
            _qualify(rounds, labeler, domain, album)
        elif standing.state == QUALIFIED:
            number = _label(rounds, labeler, domain, link, album)
        else:
            st.info("This labeler did not pass the gold of this domain. Choose another domain, or another labeler.")
        if _pays(rounds, link):
            earning.show(rounds, labeler, domain, number)
    notice.problems(link.problems())
    notice.device(resources.registry().workload("labeling"))


def _who(rounds: Rounds, link: Link) -> tuple[str, Domain]:
    """The labeler and the domain that the page is about."""
    names = dict(LABELERS)
    account = wallet.account()
    if account is not None:
        rounds.join(account.address, name=account.short, kind=WALLET if account.kind == "wallet" else "demo")
        names = {account.address: f"{account.short}, signed in", **names}
    domains = {domain.id: domain for domain in rounds.domains()}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        labeler = st.selectbox(
            "Labeler", list(names), format_func=lambda one: names[one], width=240,
            help="Demo labelers are accounts on this machine, and anybody using it can act as each of them.",
            **link.bind("labeler", next(iter(names)), one_of(list(names), "labeler")),
        )  # fmt: skip
        chosen = st.selectbox(
            "Domain", list(domains), format_func=lambda one: domains[one].title, width=240,
            **link.bind("domain", next(iter(domains)), one_of(list(domains), "domain")),
        )  # fmt: skip
    return str(labeler), domains[str(chosen)]


def _standing(standing: Standing, domain: Domain) -> None:
    tone = _TONES.get(standing.state, "bad")
    st.html(render("labeling/panels/standing", one=standing, domain=domain, state=standing.state, tone=tone))


def _qualify(rounds: Rounds, labeler: str, domain: Domain, album: Album) -> None:
    """The next gold question."""
    image = rounds.next_gold(labeler, domain.id)
    if image is None:
        st.info("There is no more gold in this domain.")
        return
    seen = rounds.standing(labeler, domain.id).seen
    work(
        f"gold {labeler} {domain.id}", domain, image, album,
        question=f"Gold question {seen + 1}. {QUESTIONS[domain.kind]}",
        vote=lambda value: rounds.answer_gold(labeler, domain.id, image, value),
    )  # fmt: skip


def _pays(rounds: Rounds, link: Link) -> bool:
    """Whether the labeler's account on the chain is shown: where somebody signed in, or a round is on a chain."""
    usual = wallet.account() is not None or bool(titles(rounds.book))
    return st.toggle("Account, stake and pay on the chain", **link.bind("pay", usual, _yes))


def _yes(text: str) -> bool:
    return str(one_of(("true", "false"), "pay")(text)) == "true"


def _label(rounds: Rounds, labeler: str, domain: Domain, link: Link, album: Album) -> int | None:
    """The next item of an open round of the domain; the round's number, if there is one."""
    there = {one.id: one for one in rounds.rounds() if one.domain.id == domain.id and one.state == OPEN}
    if not there:
        st.info("No round is open in this domain.")
        publish = next(
            one for one in screens.pages_of(resources.registry().workload("labeling")) if one.title == "Crowd"
        )
        st.page_link(publish, label="Publish one →", query_params={"view": "Rounds"})
        return None
    number = st.selectbox(
        "Round", list(there), format_func=lambda n: f"{n}: {there[n].title}", width=320,
        **link.bind("round", next(iter(there)), _reader(there)),
    )  # fmt: skip
    number = int(number)
    if earning.committed(rounds, labeler, number):
        st.success("You have committed to your labels of this round and cannot add more.")
        return number
    done = rounds.done(labeler, number)
    item = rounds.next_item(labeler, number)
    st.progress(min(1.0, done / max(1, there[number].items)), text=f"{done} of {there[number].items} labelled by you")
    if item is None:
        st.success("Nothing is left for you in this round.")
        return number
    work(
        f"vote {labeler} {number}", domain, item.image, album, question=QUESTIONS[domain.kind],
        vote=lambda value: rounds.vote(labeler, number, item.place, value),
    )  # fmt: skip
    return number


def _reader(there: dict[int, Round]) -> Any:
    read = one_of([str(n) for n in there], "round")
    return lambda text: int(read(text))


def work(key: str, domain: Domain, image: str, album: Album, *, question: str, vote: Any) -> None:
    """The image and what a labeler does with it; what comes back is taken once."""

    def take() -> None:
        said = st.session_state[key].get("vote")
        if not isinstance(said, dict) or said.get("item") != image:
            return
        try:
            vote(said.get("value"))
            st.session_state[_SAID] = "Saved. Here is the next one."
        except VeilbenchError as error:
            st.session_state[_LAST] = str(error)

    if trouble := st.session_state.pop(_LAST, None):
        st.error(markdown_text(trouble))
    said = st.session_state.pop(_SAID, "")
    part = parts.boxes if domain.kind == BOXES else parts.choice
    wide, high = album.size(image)
    part(
        key=key,
        data={
            "item": image, "image": album.url(image), "width": wide, "height": high, "classes": list(domain.classes),
            "question": question, "alt": "The image to label", "said": said,
        },
        on_vote_change=take,
    )  # fmt: skip
