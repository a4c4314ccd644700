"""The epsilon sandwich: the plot, the figures behind it, and the audit's progress."""

import streamlit as st

from privacy.plots.sandwich import SandwichRow, sandwich
from privacy.registry import Registry
from privacy.services.audits import SENTENCE, AuditRow, Audits, AuditSettings, AuditSnapshot
from ui.kit import figure
from ui.kit import format as f
from ui.kit.html import render

_POLL = "700ms"


def show(snapshot: AuditSnapshot) -> None:
    """Draw what was measured so far; nothing before the first row."""
    if not snapshot.rows:
        return
    for chart in sandwich([_side(row) for row in snapshot.rows]):
        figure.show(chart)
    st.html(render("sandwich", sentence=SENTENCE, rows=snapshot.rows))


def _side(row: AuditRow) -> SandwichRow:
    return SandwichRow(
        row.name, declared=row.declared, audited=row.audited, unit=row.unit, advantage=row.advantage, low=row.low,
        high=row.high, n=row.n,
    )  # fmt: skip


def work(settings: AuditSettings, registry: Registry, jobs: Audits, now: AuditSnapshot) -> None:
    """The state of the worker: what it does, or the button that starts it."""
    if now.state == "running":
        _watch(settings, registry, jobs, len(now.rows))
    elif now.state != "done":
        if now.state == "failed":
            st.error(f.markdown_text(now.error))
        elif now.state == "cancelled":
            st.html("<p class='vb vb-dim'>The audit was cancelled; its measurements so far are kept.</p>")
        label = "Audit the rest" if now.rows else "Run the audit"
        if st.button(f"{label} ({now.missing} mechanisms)", type="primary", key="audit"):
            begun = jobs.start(settings, registry)
            if begun.state == "absent":
                st.caption(f.markdown_text(f"Not started, as {begun.label} is running. Try again when it is done."))
            else:
                st.rerun()


def _watch(settings: AuditSettings, registry: Registry, jobs: Audits, shown: int) -> None:
    """Progress, polled; the page is drawn again when there are more rows than `shown`, and at the end."""

    @st.fragment(run_every=_POLL, key="watch audit")
    def poll() -> None:
        now = jobs.snapshot(settings, registry)
        if now.state != "running" or len(now.rows) != shown:
            st.rerun()
        step = f": {now.label}, {now.steps}" if now.total else ""
        st.progress(now.share, text=f.markdown_text(f"The audit runs in its own process{step}"))
        if st.button("Cancel the audit", key="cancel audit"):
            jobs.cancel(settings)
            st.rerun()

    poll()
