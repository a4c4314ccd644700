"""How far a comparison is: start it, watch it, end it, go on with it."""

import streamlit as st

from privacy.compare.book import Comparisons
from privacy.compare.plan import Comparison, Plan
from privacy.jobs.job import Progress
from privacy.registry import Registry
from privacy.services.rounds import RoundBook
from ui.kit import format as f
from ui.kit.errors import guard

_POLL = "1s"
_RESET = "compare/reset"


def show(comparison: Comparison, registry: Registry, jobs: Comparisons, book: RoundBook) -> None:
    """The one thing to do next: run, wait or go on; nothing where all is done."""
    now, cells = jobs.progress(comparison.plan), len(comparison.cells)
    if now.state == "running":
        _watch(comparison, registry, jobs)
        return
    failed = any(r and r["failure"] for r in comparison.records)
    if comparison.done == cells and not failed:
        st.html(f"<p class='vb vb-dim' role='status'>✓ {_runs(cells)} saved: nothing is left to run.</p>")
        return
    if now.state == "failed":
        if now.kind == "ConsentError":
            _waits_for_consent(now, comparison, registry, jobs)
            return
        _failed(now, comparison.plan, book)
    if now.state == "done" and comparison.done < cells:
        st.warning("The saved runs are of other code than this page runs. Restart the app to see them.")
    if now.state == "cancelled":
        st.html(
            f"<p class='vb' role='status'>Cancelled. {comparison.done} of {_runs(cells)} kept; Press Resume to run "
            f"the rest.</p>"
        )
    elif comparison.done and now.state == "absent":
        st.html(f"<p class='vb' role='status'>{comparison.done} of {_runs(cells)} saved.</p>")
    label = (
        "Run the failed ones again"
        if failed and comparison.done == cells
        else f"Resume: {comparison.done} of {cells} done"
    )
    label = label if comparison.done else f"Run the comparison ({_runs(cells)})"
    st.button(label, type="primary", key="compare run", on_click=_start, args=(comparison.plan, registry, jobs))


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"


def _start(plan: Plan, registry: Registry, jobs: Comparisons, consent: bool = False) -> None:
    with guard():
        st.session_state.pop(_RESET, None)
        jobs.start(plan, registry, consent=consent)


def _waits_for_consent(now: Progress, comparison: Comparison, registry: Registry, jobs: Comparisons) -> None:
    """What the runs that are left would spend of a person's own budget, above the button that spends it."""
    st.info(f.markdown_text(now.error))
    args = (comparison.plan, registry, jobs, True)
    st.button("Spend it and run the rest", type="primary", key="compare spend", on_click=_start, args=args)


def _watch(comparison: Comparison, registry: Registry, jobs: Comparisons) -> None:
    """Progress of a worker, polled; one rerun of the page for each record that comes, and one when it ends."""
    plan = comparison.plan

    @st.fragment(run_every=_POLL, key="compare watch")
    def poll() -> None:
        now = jobs.progress(plan)
        if now.state != "running" or jobs.done(plan, registry) != comparison.done:
            st.rerun()
        label = now.label or "starting the worker"
        text = f"{comparison.done} of {_runs(len(comparison.cells))} done. Now: {label}"
        st.progress(now.share, text=f.markdown_text(text))
        st.button("Cancel", key="compare cancel", help="Finished runs are kept.", on_click=jobs.cancel, args=(plan,))

    poll()


def _failed(now: Progress, plan: Plan, book: RoundBook) -> None:
    """The sentence that the worker ended with; a spent demo budget can be reset here."""
    if now.kind != "BudgetError":
        st.error(f.markdown_text(now.error))
        return
    if st.session_state.get(_RESET) == plan.id:
        st.success("The demo budget is reset: what simulated people spent and released is deleted.")
        return
    st.error(f.markdown_text(now.error))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Reset demo", on_click=_reset, args=(plan, book))
        st.html(
            "<p class='vb vb-dim'>Simulated people spend a demo budget, which you can reset. A person's own budget "
            "is separate and is never reset.</p>"
        )


def _reset(plan: Plan, book: RoundBook) -> None:
    with guard():
        book.reset_demo()
        st.session_state[_RESET] = plan.id
