"""Compare: any stacks and the values of one parameter, run beside the pages, as figures, plots and sentences."""

from dataclasses import replace

import streamlit as st

from privacy.comparison import Comparison, Plan
from privacy.registry import Registry
from privacy.services import datasets
from privacy.workloads.verdict import FAILED_ATTACK
from ui import format as f
from ui import resources
from ui.errors import guard
from ui.panels import (
    compare_controls,
    compare_plots,
    compare_progress,
    compare_promises,
    compare_saved,
    compare_settings,
    compare_table,
    notice,
)

_INTRO = """
<p class='vb' style='padding-top:.4rem'>Runs each stack on the same data, people and seed, measures accuracy,
time and bytes, and attacks what the server received. The work is done outside this page; what has run is kept.</p>
"""


def results(comparison: Comparison, registry: Registry) -> None:
    """What has run so far; nothing before the first record."""
    if not comparison.done:
        compare_table.announce(comparison, registry)
        return
    st.html(f"<p class='vb vb-call calm'>{FAILED_ATTACK}</p>")
    with guard():
        compare_plots.show(comparison)
    st.header("Figures", anchor=False)
    with guard():
        compare_table.show(comparison)
    with guard():
        compare_saved.downloads(comparison)
    st.header("What is promised, to whom", anchor=False)
    with guard():
        compare_promises.show(comparison, registry)


def on_chosen_data(plan: Plan) -> Plan:
    """The plan on the data that is in use here, and a line that names it: it is in no link."""
    choice = datasets.chosen()
    if choice.data:
        st.html(
            f"<p class='vb vb-call calm'>Compared on <b>{f.text(choice.name)}</b>, the data chosen on <i>For you</i>. "
            "A link does not name it: on another device it opens with the data in use there.</p>"
        )
    return replace(plan, base=choice.on(plan.base))


def opened(plan: Plan, registry: Registry) -> None:
    """One comparison: its next step, and what has run of it."""
    comparison = resources.comparisons().open(plan, registry)
    compare_progress.show(comparison, registry, resources.comparisons(), resources.feed_book())
    results(comparison, registry)


def page() -> None:
    """Draw the page from its settings."""
    registry = resources.registry()
    plan, problems = compare_settings.current(registry)
    compare_settings.publish(plan)
    st.title("Compare", anchor=False)
    st.html(_INTRO)
    notice.problems(problems)
    with guard():
        compare_controls.show(plan, registry)
    with guard():
        plan = on_chosen_data(plan)
        opened(plan, registry)
    st.header("Saved comparisons", anchor=False)
    with guard():
        compare_saved.saved(resources.comparisons(), now=plan)
    notice.device()


with guard():
    page()
