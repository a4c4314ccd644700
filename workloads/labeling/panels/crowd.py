"""Crowd, the requester's page: a simulated crowd under any stack, and rounds of one's own."""

from collections.abc import Callable
from dataclasses import fields

import streamlit as st

from privacy.plugin import MOST_SEED, ParamError, RunRequest, WorkloadSpec
from privacy.plugin.host import code_of, fields_of, offered, options_of
from privacy.plugin.running import Registry, build, owners
from ui import resources
from ui.kit import form, guarantee, notice, servers_place, waiting
from ui.kit.errors import guard
from ui.kit.link import Link, one_of
from ui.kit.stacks import title, usual_options
from workloads.labeling.images.album import CUSTODIAN, Album, Sizes
from workloads.labeling.measure import LabelingRound
from workloads.labeling.panels import brought, outcome, requester
from workloads.labeling.rounds.demo import ready
from workloads.labeling.rounds.service import Rounds

ID = "labeling"
SIMULATE, ROUNDS, IMAGES = "Simulated crowd", "Rounds", "Images"
_INTRO = {
    SIMULATE: (
        "<p class='vb'>A simulated crowd with some dishonest labelers votes on items. The stack decides who can read "
        "a vote; the consensus turns the visible votes into labels. Choose who votes, how, and under which stack.</p>"
    ),
    ROUNDS: (
        "<p class='vb'>Publish a round of images. Qualified labelers vote on the page Label, or a simulated crowd "
        "votes. Then seal the round, count it under its stack, and make it final. Nobody reads a vote before the "
        "seal.</p>"
    ),
    IMAGES: (
        "<p class='vb'>Add your own images. Metadata is removed, near-duplicates are named, and files are encrypted "
        f"on disk. The key is kept by {CUSTODIAN}.</p>"
    ),
}
_APART = ("round",)


def page() -> None:
    """Draw the page from its address."""
    registry = resources.registry()
    spec = registry.workload(ID)
    link = Link.enter("crowd", lambda query: {k.replace(" ", "+"): v for k, v in query.items()})
    problems = st.container()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Crowd", anchor=False, width="content")
        view = st.segmented_control(
            "View", (SIMULATE, ROUNDS, IMAGES), required=True,
            **link.bind("view", SIMULATE, one_of((SIMULATE, ROUNDS, IMAGES), "view")),
        )  # fmt: skip
    st.html(_INTRO[view or SIMULATE])
    with guard():
        if view == ROUNDS:
            with Album(registry) as album:
                requester.show(ready(Rounds(sizes=Sizes(album))), album, registry, spec, link)
        elif view == IMAGES:
            with Album(registry) as album:
                brought.show(ready(Rounds(sizes=Sizes(album))), album)
        else:
            _simulated(_controls(link, registry, spec), registry, spec)
    with problems:
        notice.problems(link.problems())
    notice.device(spec)


def _controls(link: Link, registry: Registry, spec: WorkloadSpec) -> RunRequest:
    """The rows of controls; returns the request that they say."""
    usual, of = usual_options(spec), owners(spec.options)
    main = [one.name for one in fields(spec.options) if one.metadata.get("main")]
    now = {n: link.value(n, usual[n], form.reader(of[n], n)) for n in main}
    choices = code_of(spec).choices(RunRequest(workload=ID), build(spec.options, {**usual, **now}, owner=ID))
    stacks = offered(spec, registry)
    listed = {name: words for name, words in choices.items() if name == "consensus"}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        options = form.show({n: of[n] for n in main}, link, usual=usual, choices=listed)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        stack = st.segmented_control(
            "Stack", stacks, format_func=lambda s: title(registry, s), required=True,
            **link.bind("stack", RunRequest.stack, one_of(stacks, "stack")),
        )  # fmt: skip
        stack = stack or RunRequest.stack
        servers_place.popover()
        with st.popover("Settings"):
            found = fields_of(stack, spec, registry)
            st.subheader(title(registry, stack), anchor=False)
            values = form.show(found, link, prefix=f"{stack}.")
            if not found:
                st.html("<p class='vb vb-dim'>This stack has nothing to set.</p>")
            st.subheader("Crowd", anchor=False)
            seed = st.number_input(
                "Seed", 0, MOST_SEED, step=1, help="Sets the randomness of the crowd and its votes, but never of "
                                                   "keys or noise.",
                **link.bind("seed", 0, _seed),
            )  # fmt: skip
            rest = {n: k for n, k in of.items() if n not in (*main, *_APART)}
            options |= form.show(rest, link, usual=usual)
        with st.popover("Link"):
            st.html("<p class='vb'>The link holds every setting on this page.</p>")
            st.code(link.whole(), language=None, wrap_lines=True)
    params = {n: v for n, v in values.items() if v != getattr(found[n], n)}
    return RunRequest(workload=ID, stack=stack, options=options, params=params, seed=int(seed))


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) > MOST_SEED:
        raise ParamError(f"the setting seed is {text[:40]!r}", then=f"give a whole number between 0 and {MOST_SEED}")
    return int(text)


def _panel(heading: str, draw: Callable[[], None]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()


def _simulated(request: RunRequest, registry: Registry, spec: WorkloadSpec) -> None:
    """The labels, the attacks and the promise of one simulated crowd."""
    options_of(request, registry)
    run: LabelingRound = waiting.round_of(request, registry)
    left, right = st.columns([6, 5], gap="medium")
    with left:
        _panel("Labels", lambda: outcome.show(run))
    with right:
        _panel("Attacks, and which consensus holds", lambda: outcome.attacks(request, registry))
        _panel("Guarantee", lambda: guarantee.show(run, spec))
