"""Plugins: the button that checks a backend, its progress, and what is known of it: found here, or at release."""

import json

import streamlit as st

from privacy.registry import Registry
from privacy.services.checks import Checks, CheckSnapshot
from ui.kit import format as f
from ui.kit.html import render
from ui.plugins import declared as plugins_declared
from ui.plugins import table as plugins_table

_POLL = "700ms"


def show(backend: str, registry: Registry, jobs: Checks) -> None:
    """What one backend declares, the state of its check, then its last report."""
    plugins_declared.show(backend, registry)
    now = jobs.snapshot(backend, registry)
    if now.state == "running":
        _watch(backend, registry, jobs)
    else:
        _offer(backend, registry, jobs, now)
    found = now.part or now.report
    if found is None:
        st.html("<p class='vb vb-dim'>No report of this backend is kept on this device.</p>")
        return
    if now.part is None and now.at_release:
        st.html(render("plugins/at_release", report=now.report, stale=now.stale))
    elif now.part is None and now.stale:
        st.warning("The code has changed since: this report is of an earlier version.")
    plugins_table.report(found)
    st.download_button(
        "Download the report (JSON)", json.dumps(found.as_dict(), indent=2, ensure_ascii=False),
        file_name=f"veilbench-check-{backend}.json", mime="application/json", on_click="ignore", key="report",
    )  # fmt: skip


def _offer(backend: str, registry: Registry, jobs: Checks, now: CheckSnapshot) -> None:
    if now.state == "failed":
        st.error(f.markdown_text(now.error))
    elif now.state == "cancelled":
        st.html("<p class='vb vb-dim'>The check was cancelled; its findings so far are kept.</p>")
    own = now.report is not None and not now.at_release
    label = "Run the remaining checks" if now.part else "Check it again" if own else "Run the checks here"
    with st.container(horizontal=True):
        begin = st.button(label, type="primary", key="check")
        anew = now.part is not None and st.button("Begin anew", key="check anew")
    if begin or anew:
        jobs.start(backend, registry, anew=anew)
        st.rerun()


def _watch(backend: str, registry: Registry, jobs: Checks) -> None:
    """Progress, polled; the page is drawn again at the end."""

    @st.fragment(run_every=_POLL, key="watch check")
    def poll() -> None:
        now = jobs.snapshot(backend, registry)
        if now.state != "running":
            st.rerun()
        step = f": {now.label}, {now.steps}" if now.total else ""
        st.progress(now.share, text=f.markdown_text(f"The checks run in their own process{step}"))
        if st.button("Cancel the check", key="cancel check"):
            jobs.cancel(backend)
            st.rerun()

    poll()
