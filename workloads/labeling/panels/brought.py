"""Images that people bring: a domain for them, the upload, what there is, and gold."""

import re

import streamlit as st

from privacy.plugin import ParamError, VeilbenchError
from ui.kit import wallet
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from workloads.labeling.boxes.files.folder import IMAGES, LABELS, unpacked
from workloads.labeling.images.album import Added, Album
from workloads.labeling.images.importing import import_folder
from workloads.labeling.panels import label
from workloads.labeling.rounds.demo import LABELERS
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import BOXES, CLASSES, Domain

_SHOWN, _FEW = 60, 5
_SAID, _GO, _DOMAIN = "brought/said", "brought/go", "brought/domain"


def show(rounds: Rounds, album: Album) -> None:
    """The upload, then what is there."""
    for kind, text in st.session_state.pop(_SAID, []):
        (st.success if kind == "taken" else st.warning)(markdown_text(text))
    with st.expander("A new domain"):
        _domain(rounds)
    with st.expander("Images with their boxes, as COCO or YOLO"):
        _import(rounds, album)
    domains = {domain.id: domain for domain in rounds.domains()}
    if (just := st.session_state.pop(_GO, "")) in domains:
        st.session_state[_DOMAIN] = just
    domain = domains[
        st.selectbox("Domain", list(domains), format_func=lambda d: domains[d].title, width=240, key=_DOMAIN)
    ]
    _upload(album, domain)
    there = album.all(domain.id)
    if not there:
        st.info("This domain has no images yet.")
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
            classes = st.text_input("Classes, separated by commas", max_chars=400, width=320)
            threshold = st.slider("Gold that must be right", 50, 95, 80, format="%d%%", width=200)
        sent = st.form_submit_button("Add the domain")
    if sent:
        with guard():
            names = tuple(name.strip() for name in classes.split(",") if name.strip())
            rounds.add_domain(Domain(_id(title), title.strip(), kind, names, threshold=threshold / 100), {})
            st.session_state[_GO] = _id(title)
            st.session_state[_SAID] = [("taken", f"The domain {title.strip()} is added. Add images, and give the "
                                                 f"answer for some: they are its gold.")]  # fmt: skip
            st.rerun()


def _owners() -> dict[str, str]:
    account = wallet.account()
    return {**({account.address: f"{account.short}, signed in"} if account else {}), **LABELERS}


def _import(rounds: Rounds, album: Album) -> None:
    """A folder of images with labels: a domain of that title, whose gold they are."""
    owners = _owners()
    with st.form("import", border=False, clear_on_submit=True):
        files = st.file_uploader(
            "A zip of the folder, or its files", accept_multiple_files=True,
            type=[kind[1:] for kind in (".zip", *IMAGES, *LABELS)],
            help="COCO's JSON beside the images, or YOLO's text with classes.txt or data.yaml. Boxes become gold.",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            title = st.text_input("Domain: a new one, or one of boxes", max_chars=40, width=260)
            owner = st.selectbox("Owner of all", list(owners), format_func=owners.__getitem__, width=220)
            consent = st.checkbox("The owner agrees to labels and training with them")
        sent = st.form_submit_button("Add the folder", type="primary")
    if not sent:
        return
    with guard():
        found: dict[str, bytes] = {}
        for file in files:
            packed = file.name.lower().endswith(".zip")
            found |= unpacked(file.getvalue(), name=file.name) if packed else {file.name: file.getvalue()}
        done = import_folder(
            rounds, album, found, id_=_id(title), title=title.strip(), owner=owner, consent=consent
        )  # fmt: skip
        said = f"{done.added} images were taken in, {done.gold} of them with boxes, which are gold of {title.strip()}."
        st.session_state[_GO] = _id(title)
        st.session_state[_SAID] = [("taken", said), *(("refused", why) for why in done.refused[:_FEW])]
        st.rerun()


def _id(title: str) -> str:
    """The id of a domain of that title. ParamError where it has no letter."""
    id_ = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    if not id_:
        raise ParamError("a domain has a title of letters", then="give the domain a title with letters")
    return id_


def _upload(album: Album, domain: Domain) -> None:
    owners = _owners()
    with st.form("bring", border=False, clear_on_submit=True):
        files = st.file_uploader(
            "Images", accept_multiple_files=True, type=["png", "jpg", "jpeg", "webp", "bmp", "gif"],
            help="Metadata, such as the place, is removed. Each image may have up to 25 MB and 40 million pixels.",
        )  # fmt: skip
        with st.container(horizontal=True, vertical_alignment="bottom"):
            owner = st.selectbox("Owner", list(owners), format_func=owners.__getitem__, width=220)
            group = st.text_input("Group that the owner declares, if any", max_chars=40, width=260)
            consent = st.checkbox("The owner agrees to labels and training with them")
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
    return [("near", f"{made.picture.name} looks nearly like {names}. Both count, unless you label only one of them.")]


def _gold(rounds: Rounds, album: Album, domain: Domain) -> None:
    """Say of images what is on them: labelers qualify on these."""
    known = rounds.gold(domain.id)
    left = [one.id for one in album.all(domain.id) if one.id not in known]
    with st.expander(f"Gold: {len(known)} images of this domain have a known answer"):
        if not left:
            st.info("All images here are gold.")
            return
        label.work(
            f"answer {domain.id}", domain, left[0], album, question=f"The right answer. {label.QUESTIONS[domain.kind]}",
            vote=lambda value: rounds.add_domain(domain, {left[0]: value}),
        )  # fmt: skip
