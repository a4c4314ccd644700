"""What is kept of comparisons: files to take away, and the list of those made before."""

import time

import streamlit as st

from privacy.compare.book import Comparisons
from privacy.compare.plan import Comparison, Plan
from privacy.export import query_of, to_csv, to_html, to_json
from privacy.registry import Registry
from privacy.spec import WorkloadSpec
from privacy.stacks import code_of, options_of, spec_of
from ui.kit.errors import guard
from ui.kit.html import render
from ui.kit.link import goto

_NEWEST = 8


def downloads(comparison: Comparison, spec: WorkloadSpec) -> None:
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
            "Download report (HTML)", lambda: _report(comparison, spec), f"{name}.html", "text/html", on_click="ignore",
            key="compare html",
        )  # fmt: skip


def _report(comparison: Comparison, spec: WorkloadSpec) -> str:
    return to_html(comparison, spec, written=time.strftime("%Y-%m-%d %H:%M %z"))


def saved(jobs: Comparisons, registry: Registry, *, now: Plan) -> None:
    """The newest comparisons that were started here, each with a button that opens it."""
    ids = jobs.ids()
    st.html(
        "<p class='vb vb-dim'>Newest first. Runs with the same settings, data and code are reused.</p>"
        if ids
        else "<p class='vb vb-dim'>None yet. A comparison is listed here once it has started.</p>"
    )
    for one in ids[:_NEWEST]:
        with guard():
            plan = jobs.plan(one, registry)
            _row(plan, describe(plan, registry), here=plan.id == now.id, data=(now.base.data, now.base.mapping))
    if len(ids) > _NEWEST:
        st.html(f"<p class='vb vb-note'>The newest {_NEWEST} of {len(ids)}.</p>")


def _row(plan: Plan, words: str, *, here: bool, data: tuple[str | None, str | None]) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if here:
            st.html("<span class='vb-chip good'>shown above</span>", width="content")
        elif (plan.base.data, plan.base.mapping) != data:
            st.html("<span class='vb-chip dim'>other data</span>", width="content")
        else:
            st.button(
                "Open", key=f"compare open {plan.id}", help=words.replace("`", ""), on_click=goto,
                args=(query_of(plan),),
            )  # fmt: skip
        st.html(render("compare/plan", text=words))


def describe(plan: Plan, registry: Registry) -> str:
    """A plan in one line."""
    values = f"; {plan.sweep} {', '.join(f'{v:g}' for v in plan.values)}" if plan.sweep else ""
    params = "".join(f"; {k} {v}" for k, v in sorted(plan.base.params.items()))
    spec = spec_of(plan.base, registry)
    about = code_of(spec).describe(options_of(plan.base, registry))
    what = f"{spec.title}: {about}" if about else spec.title
    return f"{', '.join(plan.stacks)}{values}{params}; {what}; seed {plan.base.seed}"
