"""What is kept of comparisons: files to take away, and the list of those made before."""

import time

import streamlit as st

from privacy.compare.book import Comparisons
from privacy.compare.plan import Comparison, Plan
from privacy.export import to_csv, to_html, to_json
from ui.compare.settings import show as open_plan
from ui.kit import format as f
from ui.kit.errors import guard
from workloads.catalogue import WORKLOADS

_NEWEST = 8


def downloads(comparison: Comparison) -> None:
    """The comparison as CSV, as JSON and as one HTML file, each written when it is asked for."""
    name = f"veilbench-{comparison.plan.id}"
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Download CSV", lambda: to_csv(comparison), f"{name}.csv", "text/csv", on_click="ignore", key="compare csv"
        )
        st.download_button(
            "Download JSON", lambda: to_json(comparison), f"{name}.json", "application/json", on_click="ignore",
            key="compare json",
        )  # fmt: skip
        st.download_button(
            "Download report (HTML)", lambda: _report(comparison), f"{name}.html", "text/html", on_click="ignore",
            key="compare html",
        )  # fmt: skip


def _report(comparison: Comparison) -> str:
    return to_html(comparison, written=time.strftime("%Y-%m-%d %H:%M %z"))


def saved(jobs: Comparisons, *, now: Plan) -> None:
    """The newest comparisons that were started here, each with a button that opens it."""
    ids = jobs.ids()
    st.html(
        "<p class='vb vb-dim'>Newest first. A run with the same settings, data and code is never made twice.</p>"
        if ids
        else "<p class='vb vb-dim'>None yet. Each comparison is listed here once it was started.</p>"
    )
    for one in ids[:_NEWEST]:
        with guard():
            _row(jobs.plan(one), one, here=one == now.id, data=(now.base.data, now.base.mapping))
    if len(ids) > _NEWEST:
        st.html(f"<p class='vb vb-note'>The newest {_NEWEST} of {len(ids)}.</p>")


def _row(plan: Plan, one: str, *, here: bool, data: tuple[str | None, str | None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if here:
            st.html("<span class='vb-chip good'>shown above</span>", width="content")
        elif (plan.base.data, plan.base.mapping) != data:
            st.html("<span class='vb-chip dim'>other data</span>", width="content")
        else:
            st.button(
                "Open",
                key=f"compare open {one}",
                help=describe(plan).replace("`", ""),
                on_click=open_plan,
                args=(plan,),
            )
        st.html(f"<p class='vb'>{f.text(describe(plan))}</p>")


def describe(plan: Plan) -> str:
    """A plan in one line."""
    values = f"; {plan.sweep} {', '.join(f'{v:g}' for v in plan.values)}" if plan.sweep else ""
    params = "".join(f"; {k} {v}" for k, v in sorted(plan.base.params.items()))
    return f"{', '.join(plan.stacks)}{values}{params}; {_about(plan)}; seed {plan.base.seed}"


def _about(plan: Plan) -> str:
    """The workload's settings of a plan: of a survey only those that are not the usual ones."""
    workload = WORKLOADS[plan.base.workload]
    if not workload.named:
        items = "" if plan.base.items is None else f"; {plan.base.items} items"
        return f"{plan.base.user}; {plan.base.cohort} people{items}; {plan.base.dims} dims"
    usual = vars(workload.options())
    found = vars(workload.settings(plan.base))
    set_here = [f"{k} {v}" for k, v in found.items() if v != usual[k]]
    return "; ".join([workload.title.lower(), *set_here])
