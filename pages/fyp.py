"""For you: one feed under one backend, the previous one beside it, and what each cost and gave away."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.evaluations import Snapshot
from ui import resources
from ui.kit import guarantee, notice, own_data, waiting
from ui.kit.errors import guard
from ui.kit.link import Link
from ui.kit.stacks import title
from ui.logbook import panel as logbook
from workloads.fyp.options import OWN
from workloads.fyp.panels import attack, controls, cost, data, feed, ledger, picker, receipt, saw, state, summary
from workloads.fyp.panels.state import Settings
from workloads.fyp.round import FeedRound
from workloads.fyp.verdict import moves
from workloads.fyp.world import World


@dataclass(frozen=True)
class Shown:
    """A feed on the page, with what its panels need."""

    run: FeedRound
    title: str
    request: RunRequest
    world: World
    snapshot: Snapshot


def load(settings: Settings, stack: str, registry: Registry, world: World) -> Shown | None:
    """Run or fetch one feed; None after saying why there is none."""
    with guard():
        request = settings.request(stack)
        run = waiting.round_of(request, registry, private=state.private(settings.options.user, world))
        snapshot = resources.evaluations().snapshot(request, registry)
        return Shown(run, title(registry, stack), request, world, snapshot)
    return None


def panel(heading: str, draw: Callable[[], None]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()


def top(shown: Shown, label: str) -> None:
    """The heading of a feed with the steps that fall back, and its figures at a glance."""
    with guard():
        summary.heading(label, shown.title, guarantee.fallbacks(shown.run))
        summary.show(shown.run, shown.world, shown.snapshot)


def verdict(shown: Shown, registry: Registry) -> None:
    """The attack's panel, in whichever state its evaluation is."""
    jobs = resources.evaluations()
    if shown.snapshot.state == "done":
        attack.show(shown.run, shown.world, shown.snapshot)
    elif shown.snapshot.state in ("cancelled", "failed"):
        attack.stopped(shown.snapshot, shown.request, registry, jobs)
    else:
        attack.watch(shown.request, registry, jobs)


def panels(shown: Shown, registry: Registry) -> list[tuple[str, Callable[[], None]]]:
    """What stands under a feed, in order."""
    return [
        ("Attack", lambda: verdict(shown, registry)),
        ("What the server saw", lambda: saw.show(shown.run, registry.workload(state.ID), items=len(shown.world.items))),
        ("Cost", lambda: cost.show(shown.run, shown.snapshot.result, shown.world)),
        ("Guarantee", lambda: guarantee.show(shown.run, registry.workload(state.ID))),
    ]


def single(now: Shown, registry: Registry) -> None:
    """One feed, with its panels beside it."""
    top(now, "Now")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        feed.show(now.run, now.world)
        st.html("<p class='vb vb-dim'>Switch the backend above to see its feed beside this one.</p>")
        panel(*panels(now, registry)[2])
    with right:
        for index in (0, 1, 3):
            panel(*panels(now, registry)[index])


def compare(before: Shown, now: Shown, link: Link, registry: Registry) -> None:
    """Two feeds of the same person side by side, panel by panel."""
    moved = moves(before.run.shown, now.run.shown)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        feed.comparison(moved, (before.title, before.run), (now.title, now.run), items=len(now.world.items))
        st.button("Hide the previous feed", type="tertiary", on_click=link.set, kwargs={"prev": ""})
    row = st.columns(2, gap="medium")
    for column, shown, label, marks in zip(row, (before, now), ("Before", "Now"), (None, moved), strict=True):
        with column:
            top(shown, label)
            feed.show(shown.run, shown.world, marks)
    for one, other in zip(panels(before, registry), panels(now, registry), strict=True):
        for column, (heading, draw) in zip(st.columns(2, gap="medium"), (one, other), strict=True):
            with column:
                panel(heading, draw)


def page() -> None:
    """Draw the page from its address."""
    registry = resources.registry()
    spec = registry.workload(state.ID)
    # A plus sign that was typed into an address arrives as a space.
    link = Link.enter("fyp", lambda query: {k.replace(" ", "+"): v for k, v in query.items()})
    chosen, unreadable = own_data.readable()
    settings = replace(state.read(link, registry, spec), data=chosen)
    problems, book = st.container(), resources.rounds()
    world = data.world(settings, registry)
    if world is None:
        data.popover(settings, None, book)
        data.pending(settings, registry)
        return
    settings = controls.show(settings, link, registry, spec, world)
    with problems:
        notice.problems([*link.problems(), *unreadable])
    data.pending(settings, registry)
    if settings.options.user == OWN and not picker.show(world, book):
        notice.device(spec)
        return
    now = load(settings, settings.stack, registry, world)
    before = load(settings, settings.prev, registry, world) if settings.prev else None
    if now and before:
        compare(before, now, link, registry)
    elif now or before:
        single(now or before, registry)
    if shown := now or before:
        panel("On the chain", lambda: logbook.show(shown.request, shown.run, registry, noun="feed"))
        panel("Receipt", lambda: receipt.show(shown.request, shown.run, shown.world))
    if ledger.applies(settings, registry):
        panel("Privacy ledger", lambda: ledger.show(settings, [s.run for s in (before, now) if s], book))
    notice.device(spec)
