"""The epsilon sandwich: the plot, the figures behind it, and the audit's progress."""

from collections.abc import Iterable

import streamlit as st

from privacy.plots.sandwich import SandwichRow, sandwich
from privacy.registry import Registry
from privacy.services.audits import SENTENCE, AuditRow, Audits, AuditSettings, AuditSnapshot
from ui.kit import format as f
from ui.kit.figure import image

_POLL = "700ms"
_HEADS = ("Mechanism", "Declared", "Measured", "n", "By", "Finding")


def show(snapshot: AuditSnapshot) -> None:
    """Draw what was measured so far; nothing before the first row."""
    if not snapshot.rows:
        return
    drawn = [_drawn(row) for row in snapshot.rows]
    st.html(image(sandwich(drawn)))
    st.html(f"<p class='vb vb-call calm'><b>{f.text(SENTENCE)}</b></p>")
    st.html(_table(snapshot.rows))


def _drawn(row: AuditRow) -> SandwichRow:
    return SandwichRow(
        row.name, declared=row.declared, audited=row.audited, unit=row.unit, advantage=row.advantage, low=row.low,
        high=row.high, n=row.n,
    )  # fmt: skip


def _table(rows: Iterable[AuditRow]) -> str:
    heads = "".join(f"<th scope='col'{' class=r' * (h == 'n')}>{h}</th>" for h in _HEADS)
    return (
        "<div class='vb vb-scroll' tabindex='0' role='region' aria-label='Figures'><table class='vb-table' "
        f"aria-label='Declared and measured'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{''.join(map(_row, rows))}</tbody></table></div>"
    )


def _row(row: AuditRow) -> str:
    tone = "bad" if row.alarm else "good" if row.finding[0] in "✓■" else "dim"
    declared, measured, unit = f"{f.text(row.claim)}, no epsilon", "–", "guesses"
    if row.declared is not None and row.audited is not None:
        delta = f", δ = {row.delta:g}" if row.delta else ""
        declared = f"ε ≤ {row.declared:g}{delta} for one {f.text(row.unit)}"
        measured, unit = f"ε ≥ {f.number(row.audited)} (95%)", "releases"
    elif row.advantage is not None and row.low is not None and row.high is not None:
        measured = f"advantage {f.number(row.advantage)} [{f.number(row.low)}, {f.number(row.high)}] (95%)"
    return (
        f"<tr><th scope='row' class='vb-nowrap'>{f.text(row.name)}</th><td>{declared}</td>"
        f"<td class='vb-num'>{measured}</td><td class='r'>{row.n:,} {unit}</td><td>{f.text(row.event)}</td>"
        f"<td><span class='vb-chip {tone}'>{f.text(row.finding)}</span> "
        f"<span class='vb-note vb-nowrap'>{f.text(row.measured_at)}</span></td></tr>"
    )


def work(settings: AuditSettings, registry: Registry, jobs: Audits, now: AuditSnapshot) -> None:
    """The state of the worker: what it does, or the button that starts it."""
    if now.state == "running":
        _watch(settings, registry, jobs, len(now.rows))
    elif now.state != "done":
        if now.state == "failed":
            st.error(f.markdown_text(now.error))
        elif now.state == "cancelled":
            st.html("<p class='vb vb-dim'>The audit was cancelled; what it had measured is kept.</p>")
        label = "Audit the rest" if now.rows else "Run the audit"
        if st.button(f"{label} ({now.missing} mechanisms)", type="primary", key="audit"):
            begun = jobs.start(settings, registry)
            if begun.state == "absent":
                st.html(f"<p class='vb vb-dim'>Not begun: {f.text(begun.label)}. Try again when that is done.</p>")
            else:
                st.rerun()


def _watch(settings: AuditSettings, registry: Registry, jobs: Audits, shown: int) -> None:
    """Progress, polled; the page is drawn again when there are more rows than `shown`, and at the end."""

    @st.fragment(run_every=_POLL, key="watch audit")
    def poll() -> None:
        now = jobs.snapshot(settings, registry)
        if now.state != "running" or len(now.rows) != shown:
            st.rerun()
        step = f": {now.label}, {now.done} of {now.total}" if now.total else ""
        st.progress(now.share, text=f.markdown_text(f"The audit runs in a process of its own{step}"))
        if st.button("Cancel the audit", key="cancel audit"):
            jobs.cancel(settings)
            st.rerun()

    poll()
