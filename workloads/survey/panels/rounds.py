"""Disaggregation: the curve of devices told apart, round by round, with what it shows and what stops it."""

import streamlit as st

from privacy.plugin import RunRequest
from privacy.plugin.drawing import disaggregation
from privacy.plugin.running import Registry
from ui import resources
from ui.kit import figure
from ui.kit import format as f
from workloads.survey.curves import Curves, CurvesSnapshot

_POLL = "700ms"
_WHAT = (
    "<p class='vb'>The attacker sees one sum in each round and knows which devices were in it. It solves for each "
    "device's answer. The plot compares this backend with plain sums, noise where there is some, and fixed cohorts.</p>"
)


def show(request: RunRequest, registry: Registry) -> None:
    """The curves if they are there, progress if they are on the way, else the button."""
    jobs = Curves(resources.jobs())
    now = jobs.snapshot(request, registry)
    st.html(_WHAT)
    if now.state == "done":
        _drawn(now)
    elif now.state == "running":
        _watch(request, registry, jobs)
    else:
        if now.state == "failed":
            st.error(f.markdown_text(now.error))
        if st.button("Attack many rounds", key=f"rounds {request.stack}", type="primary"):
            jobs.start(request, registry)
            st.rerun()


def _drawn(now: CurvesSnapshot) -> None:
    about = (
        f"{now.devices} simulated devices, {now.cohort} of them in each sum; 95% intervals over simulated populations, "
        "measured. A device counts as told apart when the attacker names its answer with certainty and is right."
    )
    figure.show(disaggregation(now.curves, about=about))


def _watch(request: RunRequest, registry: Registry, jobs: Curves) -> None:
    """Progress, polled; the page is drawn again at the end."""

    @st.fragment(run_every=_POLL, key=f"watch rounds {request.stack}")
    def poll() -> None:
        now = jobs.snapshot(request, registry)
        if now.state != "running":
            st.rerun()
        step = f": {now.label}" if now.label else ""
        st.progress(now.share, text=f.markdown_text(f"The attack runs beside this page{step}"))
        if st.button("Cancel the attack", key=f"cancel rounds {request.stack}"):
            jobs.cancel(request, registry)
            st.rerun()

    poll()
