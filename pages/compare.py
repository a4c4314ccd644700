"""Compare: any stacks and the values of one parameter, run beside the pages, as figures, plots and sentences."""

import streamlit as st

from privacy.compare.plan import Comparison, Plan
from privacy.registry import Registry
from privacy.stacks import spec_of
from privacy.words import FAILED_ATTACK
from ui import resources
from ui.compare import controls, plots, progress, promises, saved, table
from ui.kit import notice, own_data
from ui.kit.errors import guard
from ui.kit.html import render
from ui.kit.link import Link
from ui.kit.stacks import mended

_INTRO = """
<p class='vb' style='padding-top:.4rem'>Compare runs each stack on the same data, people and seed. It measures
accuracy, time and bytes, and attacks what the servers received. A worker does the runs; finished runs are kept.</p>
"""


def results(comparison: Comparison, registry: Registry) -> None:
    """What has run so far; nothing before the first record."""
    if not comparison.done:
        table.announce(comparison, registry)
        return
    spec = spec_of(comparison.plan.base, registry)
    st.html(f"<p class='vb vb-call calm'>{FAILED_ATTACK}</p>")
    with guard():
        plots.show(comparison, spec)
    st.header("Figures", anchor=False)
    with guard():
        table.show(comparison, spec)
    with guard():
        saved.downloads(comparison, spec)
    st.header("What is declared, towards whom", anchor=False)
    with guard():
        promises.show(comparison, spec, registry)


def opened(plan: Plan, registry: Registry) -> None:
    """One comparison: the data in use, its next step, and what has run of it."""
    choice, _ = own_data.readable(plan.base.workload)
    if choice.data:
        st.html(render("compare/own_data", name=choice.name))
    comparison = resources.comparisons().open(plan, registry)
    progress.show(comparison, registry, resources.comparisons(), resources.rounds())
    results(comparison, registry)


def page() -> None:
    """Draw the page from its settings."""
    registry = resources.registry()
    link = Link.enter("compare", lambda query: mended(query, registry))
    st.title("Compare", anchor=False)
    st.html(_INTRO)
    problems, plan = st.container(), None
    with guard():
        plan = controls.show(link, registry)
    with problems:
        notice.problems(link.problems())
    if plan is None:
        return
    with guard():
        opened(plan, registry)
    st.header("Saved comparisons", anchor=False)
    with guard():
        saved.saved(resources.comparisons(), registry, now=plan)
    notice.device(spec_of(plan.base, registry))


with guard():
    page()
