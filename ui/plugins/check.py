"""Plugins: the button that checks a backend, its progress, and the last report to read or keep."""

import json

import streamlit as st

from privacy.registry import Registry
from privacy.services.checks import Checks, CheckSnapshot
from ui.kit import format as f
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
    if now.report is None:
        st.html("<p class='vb vb-dim'>No report of this backend is kept on this device.</p>")
        return
    if now.stale:
        st.warning("The code has changed since this report: it speaks of an earlier version.")
    plugins_table.report(now.report)
    st.download_button(
        "Download the report (JSON)", json.dumps(now.report.as_dict(), indent=2, ensure_ascii=False),
        file_name=f"veilbench-check-{backend}.json", mime="application/json", on_click="ignore", key="report",
    )  # fmt: skip


def _offer(backend: str, registry: Registry, jobs: Checks, now: CheckSnapshot) -> None:
    if now.state == "failed":
        st.error(f.markdown_text(now.error))
    elif now.state == "cancelled":
        st.html("<p class='vb vb-dim'>The check was cancelled; the report before it is kept.</p>")
    label = "Check it again" if now.report else "Run the checks"
    if st.button(label, type="primary", key="check"):
        jobs.start(backend, registry)
        st.rerun()


def _watch(backend: str, registry: Registry, jobs: Checks) -> None:
    """Progress, polled; the page is drawn again at the end."""

    @st.fragment(run_every=_POLL, key="watch check")
    def poll() -> None:
        now = jobs.snapshot(backend, registry)
        if now.state != "running":
            st.rerun()
        step = f": {now.label}, {now.steps}" if now.total else ""
        st.progress(now.share, text=f.markdown_text(f"The checks run in a process of their own{step}"))
        if st.button("Cancel the check", key="cancel check"):
            jobs.cancel(backend)
            st.rerun()

    poll()
