"""A round on a chain, for its requester: the terms in the form, the row of steps, and the button of the next one."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from privacy.plugin import VeilbenchError
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.html import render
from workloads.labeling.onchain.accounts import signer_of
from workloads.labeling.onchain.amounts import crol, units
from workloads.labeling.onchain.kept import OnChain, leave, on_chain
from workloads.labeling.onchain.opening import terms_on
from workloads.labeling.onchain.progress import clock, over, steps_of
from workloads.labeling.onchain.stage import (
    COMMITTING,
    DISPUTED,
    DRAWN,
    FINAL,
    NONE,
    PROPOSED,
    SEALED,
    Stage,
)
from workloads.labeling.onchain.steps import Course, reason_digest
from workloads.labeling.onchain.withholding import claim_withheld, punish, withheld
from workloads.labeling.panels import town_place
from workloads.labeling.panels.town_place import Place, act, pressed
from workloads.labeling.rounds.service import Round, Rounds

_DAY, _FEW = 24 * 3600, 5
_WINDOWS = {"1 second": 1, "1 minute": 60, "1 hour": 3600, "1 day": _DAY, "7 days": 7 * _DAY}
_COMMITS = {"1 hour": 3600, "1 day": _DAY, "7 days": 7 * _DAY, "14 days": 14 * _DAY}


def wanted() -> tuple[bool, Place | None]:
    """The toggle that puts a new round on the chain: whether it does, and the place where it goes, if it is there."""
    want, found = st.toggle(
        "On the chain", key="publish on chain",
        help="Labelers commit to their labels on the chain before anybody reads them, and claim their pay with a "
             "proof.",
    ), None  # fmt: skip
    if want:
        with guard():
            found = town_place.place()
            if found is None:
                town_place.set_up("publish set up")
    return want, found


def fields() -> Callable[[Place], OnChain]:
    """The fields of the form that a round on a chain has; what makes its terms of them."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        budget = st.text_input("Budget, CROL", "100", width=130, help="Paid in when the round opens.")
        stake = st.text_input(
            "Stake of a labeler, CROL", "0", width=190,
            help="A labeler who withholds committed labels loses this much.",
        )  # fmt: skip
        window = st.selectbox("Time for disputes", list(_WINDOWS), index=1, width=150)
        commits = st.selectbox("Time to commit", list(_COMMITS), index=2, width=150)

    def make(at: Place) -> OnChain:
        return terms_on(
            at.town, at.operator.signer, budget=units(budget), stake=units(stake), window=_WINDOWS[window],
            seconds=_COMMITS[commits],
        )  # fmt: skip

    return make


def show(rounds: Rounds, one: Round) -> tuple[Course, Stage] | None:
    """The row of steps of a round that is on a chain, with the next button; its course and stage.

    None where it is on no chain, or that chain cannot be used: then what can be done is said.
    """
    if (kept := on_chain(rounds.book, one.id)) is None:
        return None
    try:
        at = town_place.place()
        if at is None:
            st.warning(f"This round is on {kept.chain}, where this machine knows no contracts of the crowd.")
            _leave(rounds, one)
            return None
        course = at.course(rounds, one.id)
        course.settle()
        stage = course.stage()
        st.html(render("labeling/panels/way", steps=steps_of(course, stage), chain=at.chain.name))
    except VeilbenchError as error:
        st.warning(markdown_text(str(error)))
        _leave(rounds, one)
        return None
    _next(course, stage)
    if stage.phase in (SEALED, DRAWN):
        with guard():
            _withheld(course)
    return course, stage


def _leave(rounds: Rounds, one: Round) -> None:
    if pressed(
        "Go on without the chain", f"leave {one.id}", lambda: leave(rounds.book, one.id),
        help="The round then continues on this machine only, and nobody is paid for it on the chain.",
    ):  # fmt: skip
        st.rerun()


def _next(course: Course, stage: Stage) -> None:
    """What the requester can do now on the chain, beside proposing, which needs the count below."""
    number, done = course.number, False
    with st.container(horizontal=True, vertical_alignment="center"):
        if stage.phase == NONE:
            done = pressed("Open it on the chain", f"chain open {number}", course.open, primary=True)
        elif stage.phase == COMMITTING:
            done = pressed(
                "Bring in commitments", f"chain commit {number}", course.commit, primary=True,
                help="Commits for everybody who voted and whose key is on this device: demo and simulated labelers. "
                     "Wallets commit on the page Label.",
            )  # fmt: skip
            done |= pressed(
                "Seal", f"chain seal {number}", course.seal, disabled=not stage.committed,
                help="Closes commitments for good. Votes without a commitment do not count.",
            )  # fmt: skip
            if not stage.committed:
                done |= pressed("Cancel it", f"chain cancel {number}", course.cancel,
                                help="After the time to commit, the budget comes back.")  # fmt: skip
        elif stage.phase == SEALED:
            done = pressed("Draw the audit", f"chain draw {number}", course.draw, primary=True)
        elif stage.phase == PROPOSED:
            stale = course.stale()
            done = pressed(
                "Release the pay", f"chain finalize {number}", course.finalize,
                primary=not stale and over(stage), disabled=stale or not over(stage),
            )  # fmt: skip
            if stale:
                st.caption("Another round was paid since this proposal. Propose again below.", width="content")
            elif not over(stage):
                st.caption(f"It can be disputed until {clock(stage.until)}.", width="content")
                if st.button("Look again", key=f"chain look {number}"):
                    st.rerun()
    if done:
        st.rerun()


def _withheld(course: Course) -> None:
    """Commitments whose labels are not here: the labeler is asked on the chain to show them, or loses its stake."""
    done = False
    for one in withheld(course)[:_FEW]:
        account, count = one.entry.account, one.entry.count
        key, said = f"{course.number} {account}", f"{account[:8]}… committed to {count} labels that are not here"
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(f"{said}: they do not count.", width="content")
            if one.late:
                done |= pressed("Take its stake", f"punish {key}", partial(punish, course, one))
            elif one.open:
                st.caption(f"It may show its labels there until {clock(one.deadline)}.", width="content")
            elif not one.deadline:
                done |= pressed(
                    "Claim that labels are withheld", f"withheld {key}", partial(claim_withheld, course, account),
                    help="Nothing is proposed while a claim is open. The labeler has a day to show its labels.",
                )  # fmt: skip
    if done:
        st.rerun()


def ready(stage: Stage) -> bool:
    """Whether the round can be counted: its audit is drawn."""
    return stage.phase in (DRAWN, PROPOSED, DISPUTED, FINAL)


def propose(course: Course, stage: Stage, make: Callable[[], Mapping[str, Any]]) -> None:
    """The button that makes the count final here, and proposes its labels and pay on the chain."""
    again = stage.phase == DISPUTED or (stage.phase == PROPOSED and course.stale())
    if stage.phase != DRAWN and not again:
        return
    label = "Propose again" if again else f"Propose labels and {crol(stage.budget)} CROL of pay"
    if pressed(label, f"chain propose {course.number}", lambda: course.propose(make()), primary=True):
        st.rerun()


def dispute(rounds: Rounds, one: Round, course: Course, stage: Stage) -> None:
    """Whoever committed may contest an item once, in the window: by its wallet, or by its key on this device."""
    if stage.phase != PROPOSED or over(stage):
        return
    at, done = Place(course.town.rounds.chain, course.town, course.store), False
    with st.popover("Dispute an item"):
        who = sorted({vote.labeler for vote in rounds.votes(one.id)})
        names = rounds.names()
        labeler = st.selectbox("Labeler", who, format_func=names.__getitem__, key=f"dispute labeler {one.id}")
        place = int(st.number_input("Item", 0, one.items - 1, 0, key=f"dispute item {one.id}"))
        reason = st.text_input("Why", max_chars=500, key=f"dispute reason {one.id}").strip()
        if not reason:
            st.caption("A dispute has a reason. It stops the pay until another is proposed.")
        elif signer_of(at.chain, labeler) is not None:
            done = pressed("Dispute", f"dispute {one.id}", lambda: course.dispute(place, labeler, reason))
        else:
            digest = reason_digest(place, reason)
            done = act(
                at,
                labeler,
                at.town.rounds,
                "dispute",
                course.terms.id,
                digest,
                key=f"dispute {one.id}",
                label="Dispute",
            )
            if done:
                rounds.dispute(one.id, place, labeler, reason)
    if done:
        st.rerun()
