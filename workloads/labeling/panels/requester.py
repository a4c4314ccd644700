"""A requester's rounds: publish one, fill it, seal it, count it, make it final, settle disputes."""

import secrets
from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from privacy.plugin import ParamError, RunRequest, WorkloadSpec
from privacy.plugin.host import offered
from privacy.plugin.running import Registry
from ui.kit import guarantee, waiting
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from ui.kit.link import Link
from ui.kit.stacks import title
from workloads.labeling.crowds.drawing import BOX_WORDS
from workloads.labeling.crowds.plan import HONEST, WORDS
from workloads.labeling.images import shipped
from workloads.labeling.images.album import Album
from workloads.labeling.images.coverage import coverage
from workloads.labeling.measure import LabelingRound
from workloads.labeling.onchain.kept import keeping, on_chain
from workloads.labeling.onchain.stage import Stage
from workloads.labeling.onchain.steps import Course
from workloads.labeling.panels import box_round, chain_round, downloads, outcome
from workloads.labeling.rounds.box_results import box_results
from workloads.labeling.rounds.demo import CrowdOf, fill, kinds_of
from workloads.labeling.rounds.exports import of_boxes, of_classes
from workloads.labeling.rounds.results import confirmed, counting, results
from workloads.labeling.rounds.service import PLAIN, Round, Rounds
from workloads.labeling.rounds.terms import BOXES, CANCELLED, DISPUTED, FINAL, OPEN, SEALED, Terms
from workloads.labeling.votes.table import UNKNOWN

_TONES = {OPEN: "dim", SEALED: "dim", FINAL: "good", DISPUTED: "bad", CANCELLED: "bad"}
_SHOWN, _FEW = 60, 15
_SAID = "crowd/said"
Way = tuple[Course, Stage] | None
"""A round's course over a chain and how far it is; None for one of this machine alone."""
SHIPPED, BROUGHT = "those that ship", "those brought"


def show(rounds: Rounds, album: Album, registry: Registry, spec: WorkloadSpec, link: Link) -> None:
    """The form of a new round, and the round that is chosen."""
    # Its place stays when the words go: what is below keeps its state, such as an open popover.
    place = st.empty()
    if said := st.session_state.pop(_SAID, ""):
        place.success(markdown_text(said))
    with st.expander("Publish a round", expanded=not rounds.rounds()):
        _publish(rounds, album, registry, spec)
    there = {one.id: one for one in rounds.rounds()}
    if not there:
        st.info("There is no round yet. Publish one above.")
        return
    number = st.selectbox(
        "Round", list(there), format_func=lambda n: f"{n}: {there[n].title}", width=360,
        **link.bind("of", next(iter(there)), lambda text: _known(text, there)),
    )  # fmt: skip
    _round(rounds, album, there[number], registry, spec)


def _known(text: str, there: dict[int, Round]) -> int:
    if not text.isdecimal() or int(text) not in there:
        raise ParamError(f"there is no round {text[:20]!r}", then="choose one of the list")
    return int(text)


def _publish(rounds: Rounds, album: Album, registry: Registry, spec: WorkloadSpec) -> None:
    domains = {domain.id: domain for domain in rounds.domains()}
    stacks = offered(spec, registry)
    # Outside of the form: what can be chosen in it follows from the domain.
    domain = st.selectbox("Domain", list(domains), format_func=lambda d: domains[d].title, width=240)
    boxes = domains[domain].kind == BOXES
    chain, at = chain_round.wanted()
    with st.form("publish", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            name = st.text_input("Title", "My round", max_chars=80, width=240)
            source = st.selectbox("Images from", (SHIPPED, BROUGHT), width=170)
            count = st.number_input("Images", 1, 1000, 40, width=130)
            votes = st.number_input("Votes an item", 1, 100, 5, width=130)
            points = st.number_input("Points", 0, 10**9, 1000, width=150)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            stack = st.selectbox(
                "Counted under", [PLAIN] if boxes else stacks, format_func=lambda s: title(registry, s), width=240,
                disabled=boxes, help="Boxes cannot be tallied: only a stack that reads single votes can agree on them.",
            )  # fmt: skip
            gold = st.slider("Share of hidden gold images", 0, 50, 10, format="%d%%", width=240)
            adaptive = st.toggle("Close items once sure", disabled=boxes)
            weighted = st.toggle("Two weights, by gold", disabled=boxes)
        chained = chain_round.fields() if at else None
        sent = st.form_submit_button("Publish", type="primary", disabled=chain and at is None)
    if not sent:
        return
    with guard():
        terms = Terms(votes=int(votes), stack=stack, points=int(points), adaptive=adaptive, weighted=weighted)
        if source == BROUGHT:
            images, known = brought_for(rounds, album, domain, int(count), gold=gold)
        else:
            images, known = shipped.for_round(domain, int(count), gold=gold, nth=len(rounds.rounds()))
        if at and chained:
            number = rounds.publish(name, domain, images, terms, gold=known, beside=keeping(chained(at)))
            with st.spinner("Waiting for the chain …"):
                at.course(rounds, number).open()
        else:
            number = rounds.publish(name, domain, images, terms, gold=known)
        st.session_state[_SAID] = f"Round {number} is open. Labelers find it on the page Label."
        st.rerun()


def _round(rounds: Rounds, album: Album, one: Round, registry: Registry, spec: WorkloadSpec) -> None:
    """One round: what it is, and what can be done with it now."""
    with st.container(border=True, gap="small"):
        head = st.empty()
        st.progress(one.closed / max(1, one.items), text=f"{one.closed} of {one.items} items have their votes; "
                    f"{one.votes} votes of {one.labelers} labelers")  # fmt: skip
        way = chain_round.show(rounds, one)
        one = rounds.round(one.id)
        intact = not one.seal or rounds.intact(one.id)
        state = way[1].phase if way else one.state
        head.html(
            render("labeling/panels/round", one=one, tone=_TONES.get(state, "dim"), state=state, intact=intact,
                   stack=title(registry, one.terms.stack))
        )  # fmt: skip
        if one.state == CANCELLED:
            st.info("Nobody committed to labels of this round in time, so its budget went back.")
        elif one.state == OPEN:
            _open(rounds, one)
        elif way and not chain_round.ready(way[1]):
            st.info(
                "The audit is drawn before the votes are counted, so nobody knows earlier what an expert will check."
            )
        elif one.domain.kind == BOXES:
            seed = way[0].seed() if way else 0
            found = box_round.show(rounds, album, one, lambda: _box_actions(rounds, album, one, way, seed), seed=seed)
            _coverage(rounds, album, one, found.labels, found.least_sure)
        else:
            _counted(rounds, album, one, registry, spec, way)


def _open(rounds: Rounds, one: Round) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover("Fill with a simulated crowd"):
            words = BOX_WORDS if one.domain.kind == BOXES else WORDS
            labelers = st.slider("Simulated labelers", 3, 100, 20, key=f"fill labelers {one.id}")
            kind = st.selectbox(
                "The dishonest ones", kinds_of(one), format_func=lambda k: f"{k}: {words[k]}",
                key=f"fill kind {one.id}", width=420,
            )  # fmt: skip
            share = st.slider("Share of them", 0, 90, 0 if kind == HONEST else 30, format="%d%%",
                              key=f"fill share {one.id} {kind}")  # fmt: skip
            if st.button("Let them vote", type="primary", key=f"fill {one.id}"):
                with guard(), st.spinner("The crowd qualifies and votes …"):
                    crowd = CrowdOf(labelers, kind, share / 100)
                    done = fill(rounds, one.id, crowd, seed=secrets.randbits(31))
                    st.session_state[_SAID] = (
                        f"{done.came} came, {done.passed} passed the gold of the domain, and cast {done.votes} votes."
                    )
                    st.rerun()
        here = on_chain(rounds.book, one.id) is None
        if here and st.button(
            "Seal", key=f"seal {one.id}", help="Closes voting for good. Then the votes can be counted."
        ):
            with guard():
                rounds.seal(one.id)
                st.rerun()
    rows = rounds.quality(one.id)
    if rows:
        st.html(render("labeling/panels/standings", rows=rows[:_FEW], more=len(rows) - _FEW))


def _counted(
    rounds: Rounds, album: Album, one: Round, registry: Registry, spec: WorkloadSpec, way: Way
) -> None:  # fmt: skip
    """The labels of a sealed round, and what can be done about them."""
    request = counting(one, seed=way[0].seed() if way else 0)
    run: LabelingRound = waiting.round_of(request, registry)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        outcome.show(run, names=rounds.names())
    with right:
        _actions(rounds, one, run, way)
        files = of_classes(one, one.result or results(run), [image for _, image in rounds.images(one.id)])
        downloads.show(one, files)
        outcome.attacks(RunRequest(workload=spec.id, stack=one.terms.stack, params=one.terms.params), registry)
        guarantee.show(run, spec)
    made = one.result or results(run)
    _grid(rounds, album, one, made)
    _coverage(rounds, album, one, [[label] if label != UNKNOWN else [] for label in made["labels"]], made["sure"])


def _actions(rounds: Rounds, one: Round, run: LabelingRound, way: Way) -> None:
    if one.state in (SEALED, DISPUTED):
        if drawn := [str(place) for place in run.audited if run.truth[place] == UNKNOWN]:
            st.caption(f"Drawn for the audit and not answered by an expert yet: items {', '.join(drawn)}.")
        _audits(rounds, one)
    if way:
        chain_round.propose(*way, lambda: results(run))
    elif one.state in (SEALED, DISPUTED):
        _final(one, lambda: confirmed(rounds, one, run))
    _dispute(rounds, one, way)


def _box_actions(rounds: Rounds, album: Album, one: Round, way: Way, seed: int) -> None:
    if one.state in (SEALED, DISPUTED):
        place = _disputed(rounds, one)
        with st.expander("Audit an item: an expert draws its boxes", expanded=place is not None):
            chosen = st.number_input("Item", 0, one.items - 1, place or 0, key=f"audit item {one.id}")
            box_round.audit(rounds, album, one, int(chosen))
    found = box_round.count(rounds, one, seed=seed)
    if way:
        chain_round.propose(*way, lambda: box_results(found))
    elif one.state in (SEALED, DISPUTED):
        _final(one, lambda: rounds.finalize(one.id, box_results(found)))
    _dispute(rounds, one, way)
    downloads.show(one, of_boxes(one, found))


def _final(one: Round, make: Callable[[], None]) -> None:
    if st.button("Make it final", type="primary", key=f"final {one.id}"):
        with guard():
            make()
            st.rerun()


def _dispute(rounds: Rounds, one: Round, way: Way) -> None:
    """Whoever voted on an item of a final round may contest it."""
    if way:
        chain_round.dispute(rounds, one, *way)
    elif one.state in (FINAL, DISPUTED):
        with st.popover("Dispute an item"), st.form(f"dispute {one.id}", border=False):
            who = {v.labeler for v in rounds.votes(one.id)}
            labeler = st.selectbox("Labeler", sorted(who))
            place = st.number_input("Item", 0, one.items - 1, 0)
            reason = st.text_input("Why", max_chars=500)
            if st.form_submit_button("Dispute"):
                with guard():
                    rounds.dispute(one.id, int(place), labeler, reason)
                    st.rerun()


def _disputed(rounds: Rounds, one: Round) -> int | None:
    """Say what is disputed and not settled; the place of the first such item."""
    open_ = [row for row in rounds.disputes(one.id) if not row["settled"]]
    for row in open_:
        st.warning(markdown_text(f"Item {row['place']} is disputed by {row['labeler']}: {row['reason']}"))
    return int(open_[0]["place"]) if open_ else None


def _audits(rounds: Rounds, one: Round) -> None:
    """An expert's word on disputed items, or on any."""
    disputed = _disputed(rounds, one)
    with st.popover("Audit an item"), st.form(f"audit {one.id}", border=False):
        place = st.number_input("Item", 0, one.items - 1, disputed or 0)
        answer = st.selectbox(
            "An expert says", range(len(one.domain.classes)), format_func=one.domain.classes.__getitem__
        )
        if st.form_submit_button("Audit"):
            with guard():
                rounds.audit(one.id, int(place), int(answer))
                st.rerun()


def _grid(rounds: Rounds, album: Album, one: Round, made: dict[str, Any]) -> None:
    """The first images with their labels."""
    cells = []
    for place, image in rounds.images(one.id)[:_SHOWN]:
        label, sure = made["labels"][place], made["sure"][place]
        known = "audited" if place in made["audited"] else "gold" if place in made["gold"] else f"{sure:.0%}"
        cells.append({
            "place": place, "url": album.url(image), "note": f"{place}, {known}",
            "label": "–" if label < 0 else one.domain.classes[label],
        })  # fmt: skip
    st.html(render("labeling/panels/grid", items=cells))
    if one.items > _SHOWN:
        st.html(f"<p class='vb vb-note'>The first {_SHOWN} of {one.items}.</p>")


def brought_for(
    rounds: Rounds, album: Album, domain: str, count: int, *, gold: int
) -> tuple[list[str], dict[str, Any]]:
    """Images that were brought to a domain, and the right answers of those that are its gold, up to a share."""
    images = [picture.id for picture in album.all(domain)][:count]
    if not images:
        raise ParamError("this domain has no images", then="add some, in the view Images")
    known = rounds.gold(domain)
    most = len(images) * gold // 100
    return images, {image: known[image] for image in [i for i in images if i in known][:most]}


def _coverage(rounds: Rounds, album: Album, one: Round, labels: Sequence[Sequence[int]], sure: Sequence[float]) -> None:
    """What the labelled images cover, by the groups that their owners declared."""
    groups = {picture.id: picture.group for picture in album.all()}
    images = [image for _, image in rounds.images(one.id)]
    rows = coverage(groups, images, labels, sure, classes=len(one.domain.classes))
    st.subheader("Coverage and balance", anchor=False)
    st.html(render("labeling/panels/coverage", rows=rows, classes=one.domain.classes))
