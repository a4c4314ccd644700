"""An evaluation on a page: the button that begins it, its progress, and the way to end or repeat it."""

from collections.abc import Callable

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.evaluations import Evaluation, Evaluations, Snapshot
from ui import resources
from ui.kit import format as f
from ui.kit.html import render

_POLL = "700ms"


def show(
    request: RunRequest, registry: Registry, *, verdicts: Callable[[Evaluation], None], begin: Callable[[], None]
) -> None:
    """The verdicts if they are there, progress if they are on the way, else what begins them."""
    jobs = resources.evaluations()
    now = jobs.snapshot(request, registry)
    if now.result is not None:
        verdicts(now.result)
    elif now.state in ("cancelled", "failed"):
        stopped(now, request, registry, jobs)
    elif now.state == "running":
        watch(request, registry, jobs)
    else:
        begin()


def watch(request: RunRequest, registry: Registry, jobs: Evaluations) -> None:
    """Progress of an evaluation that is not done, polled; one rerun of the page when it ends."""

    @st.fragment(run_every=_POLL, key=f"watch {request.stack}")
    def poll() -> None:
        now = jobs.start(request, registry) if jobs.snapshot(request, registry).state == "absent" else None
        now = now or jobs.snapshot(request, registry)
        if now.state not in ("running", "absent"):
            st.rerun()
        _progress(now, request, registry, jobs)

    poll()


def _progress(now: Snapshot, request: RunRequest, registry: Registry, jobs: Evaluations) -> None:
    said = f"The attack runs beside this page: {now.label or 'starting the attacker'}"
    st.progress(now.share, text=f.markdown_text(f"{said}, {now.steps}" if now.total else said))
    if st.button("Cancel the attack", key=f"cancel {request.stack}"):
        jobs.cancel(request, registry)
        st.rerun()


def stopped(snapshot: Snapshot, request: RunRequest, registry: Registry, jobs: Evaluations) -> None:
    """An evaluation that was cancelled or failed, and the way to run it."""
    if snapshot.state == "failed":
        st.error(f.markdown_text(snapshot.error))
    else:
        st.html("<p class='vb vb-dim'>The attack was cancelled and its measurements were discarded.</p>")
    if st.button("Run the attack again", key=f"attack {request.stack}"):
        jobs.start(request, registry)
        st.rerun()


def offer(label: str, request: RunRequest, registry: Registry) -> None:
    """The button that begins an evaluation, or why it could not be begun now."""
    if st.button(label, key=f"offer {request.stack}", type="primary"):
        begun = resources.evaluations().start(request, registry)
        if begun.state == "absent":
            words = f"Not started, as {begun.label} is running. Try again when it is done."
            st.html(render("kit/line", text=words, kind="vb-dim", role=""))
        else:
            st.rerun()
