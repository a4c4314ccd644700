"""Images that people bring: a domain for them, the upload, what there is, and gold."""

import re

import streamlit as st

from privacy.plugin import ParamError, VeilbenchError
from ui.kit import wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from workloads.labeling.images.album import Added, Album
from workloads.labeling.panels import label
from workloads.labeling.rounds.demo import LABELERS
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import BOXES, CLASSES, Domain

_SHOWN = 60
_SAID = "brought/said"


def show(rounds: Rounds, album: Album) -> None:
    """The upload, then what is there."""
    for kind, text in st.session_state.pop(_SAID, []):
        (st.success if kind == "taken" else st.warning)(markdown_text(text))
    with st.expander("A new domain"):
        _domain(rounds)
    domains = {domain.id: domain for domain in rounds.domains()}
    domain = domains[
        st.selectbox("Domain", list(domains), format_func=lambda d: domains[d].title, width=240, key="brought/domain")
    ]
    _upload(album, domain)
    there = album.all(domain.id)
    if not there:
        st.info("Nobody has brought an image to this domain.")
        return
    cells = [
        {"place": n, "url": album.url(one.id), "label": one.name[:18], "note": one.group or "no group"}
        for n, one in enumerate(there[:_SHOWN])
    ]
    st.html(render("labeling/panels/grid", items=cells))
    _gold(rounds, album, domain)


def _domain(rounds: Rounds) -> None:
    with st.form("domain", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            title = st.text_input("Title", max_chars=40, width=220)
            kind = st.selectbox("Labels are", (CLASSES, BOXES), width=140)
            classes = st.text_input("Classes, parted by commas", max_chars=400, width=320)
            threshold = st.slider("Gold that must be right", 50, 95, 80, format="%d%%", width=200)
        sent = st.form_submit_button("Add the domain")
    if sent:
        with guard():
            names = tuple(name.strip() for name in classes.split(",") if name.strip())
            id_ = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
            if not id_:
                raise ParamError("a domain has a title of letters", then="give it one")
            rounds.add_domain(Domain(id_, title.strip(), kind, names, threshold=threshold / 100), {})
            st.session_state[_SAID] = [("taken", f"The domain {title.strip()} is there. Bring images, and say of some "
                                        "what is on them: they are its gold.")]  # fmt: skip
            st.rerun()


def _upload(album: Album, domain: Domain) -> None:
    account = wallet.account()
    owners = {**({account.address: f"{account.short}, signed in"} if account else {}), **LABELERS}
    with st.form("bring", border=False, clear_on_submit=True):
        files = st.file_uploader(
            "Images", accept_multiple_files=True, type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
            help="Metadata such as the place are stripped. Up to 25 MB and 40 million pixels each.",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            owner = st.selectbox("Owner", list(owners), format_func=owners.__getitem__, width=220)
            group = st.text_input("Group that the owner declares, if any", max_chars=40, width=260)
            consent = st.checkbox("The owner agrees to their use for labels and training")
        sent = st.form_submit_button("Bring them", type="primary")
    if not sent:
        return
    said: list[tuple[str, str]] = []
    added = 0
    for file in files:
        try:
            made = album.add(
                file.getvalue(), name=file.name, owner=owner, domain=domain.id, consent=consent, group=group.strip()
            )
            added += 1
            said += _near(made, album)
        except VeilbenchError as error:
            said.append(("refused", str(error)))
    st.session_state[_SAID] = [*([("taken", f"{added} images were taken in.")] if added else []), *said]
    st.rerun()


def _near(made: Added, album: Album) -> list[tuple[str, str]]:
    if not made.near:
        return []
    names = ", ".join(album.picture(one).name for one in made.near[:3])
    return [("near", f"{made.picture.name} looks nearly like {names}: both count, unless you label one of them alone.")]


def _gold(rounds: Rounds, album: Album, domain: Domain) -> None:
    """Say of images what is on them: labelers qualify on these."""
    known = rounds.gold(domain.id)
    left = [one.id for one in album.all(domain.id) if one.id not in known]
    with st.expander(f"Gold: {len(known)} images of this domain have a known answer"):
        if not left:
            st.info("All images that were brought are gold.")
            return
        label.work(
            f"answer {domain.id}", domain, left[0], album, question=f"The right answer. {label.QUESTIONS[domain.kind]}",
            vote=lambda value: rounds.add_domain(domain, {left[0]: value}),
        )  # fmt: skip
