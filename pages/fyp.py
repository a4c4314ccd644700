"""For you: one feed under one backend, the previous one beside it, and what each cost and gave away."""

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from privacy.registry import Registry
from privacy.request import OWN, RunRequest
from privacy.services.evaluations import Snapshot
from ui import resources
from ui.kit import notice
from ui.kit.errors import guard
from workloads.fyp.feed import FeedRun
from workloads.fyp.panels import (
    attack,
    controls,
    cost,
    data,
    feed,
    guarantee,
    ledger,
    picker,
    saw,
    state,
    summary,
    waiting,
)
from workloads.fyp.panels.state import Settings
from workloads.fyp.verdict import moves
from workloads.fyp.world import World


@dataclass(frozen=True)
class Shown:
    """A feed on the page, with what its panels need."""

    run: FeedRun
    title: str
    request: RunRequest
    world: World
    snapshot: Snapshot


def load(settings: Settings, stack: str, registry: Registry, world: World) -> Shown | None:
    """Run or fetch one feed; None after saying why there is none."""
    with guard():
        request = settings.request(stack)
        run = waiting.feed(request, registry)
        snapshot = resources.evaluations().snapshot(request, registry)
        return Shown(run, controls.title(registry, stack), request, world, snapshot)
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
        ("What the server saw", lambda: saw.show(shown.run)),
        ("Cost", lambda: cost.show(shown.run, shown.snapshot.result, shown.world)),
        ("Guarantee", lambda: guarantee.show(shown.run)),
    ]


def single(now: Shown, registry: Registry) -> None:
    """One feed, with its panels beside it."""
    top(now, "Now")
    left, right = st.columns([5, 6], gap="medium")
    with left:
        feed.show(now.run, now.world)
        st.html("<p class='vb vb-dim'>Switch the backend above: this feed stays beside the new one.</p>")
        panel(*panels(now, registry)[2])
    with right:
        for index in (0, 1, 3):
            panel(*panels(now, registry)[index])


def compare(before: Shown, now: Shown, registry: Registry) -> None:
    """Two feeds of the same person side by side, panel by panel."""
    moved = moves(before.run.shown, now.run.shown)
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        feed.comparison(moved, before.title, now.title)
        st.button("Hide the previous feed", type="tertiary", on_click=state.hide_previous)
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
    """Draw the page from its settings."""
    registry = resources.registry()
    settings, problems = state.current(registry)
    state.publish(settings)
    notice.problems(problems)
    book = resources.feed_book()
    world = data.world(settings)
    if world is None:
        data.popover(settings, None, book)
        return
    controls.show(settings, registry, world)
    data.pending(settings)
    if settings.user == OWN and not picker.show(world, book):
        notice.device()
        return
    now = load(settings, settings.stack, registry, world)
    before = load(settings, settings.prev, registry, world) if settings.prev else None
    if now and before:
        compare(before, now, registry)
    elif now or before:
        single(now or before, registry)
    if ledger.applies(settings, registry):
        panel("Privacy ledger", lambda: ledger.show(settings, [s.run for s in (before, now) if s], book))
    notice.device()


with guard():
    page()
