"""Compare: any stacks and the values of one parameter, run beside the pages, as figures, plots and sentences."""

from dataclasses import replace

import streamlit as st

from privacy.compare.plan import Comparison, Plan
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services import datasets
from privacy.services.datasets import Choice
from ui import resources
from ui.compare import controls as compare_controls
from ui.compare import plots as compare_plots
from ui.compare import progress as compare_progress
from ui.compare import promises as compare_promises
from ui.compare import saved as compare_saved
from ui.compare import settings as compare_settings
from ui.compare import table as compare_table
from ui.kit import format as f
from ui.kit import notice
from ui.kit.errors import guard
from workloads.fyp.verdict import FAILED_ATTACK
from workloads.survey.panels import columns as survey_columns

_INTRO = """
<p class='vb' style='padding-top:.4rem'>Runs each stack on the same data, people and seed, measures accuracy,
time and bytes, and attacks what the servers received. The work is done outside this page; what has run is kept.</p>
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


def chosen() -> Choice:
    """The data in use here; the shipped one after saying why the choice cannot be read."""
    with guard():
        return datasets.chosen()
    return Choice()


def columns_of(plan: Plan, choice: Choice) -> list[str]:
    """The columns that a survey may ask about; none for a workload that has no such setting, or after saying why."""
    with guard():
        if "column" in plan.base.options:
            return survey_columns.columns(choice)
    return []


def on_chosen_data(plan: Plan, choice: Choice) -> Plan:
    """The plan on the data that is in use here, and a line that names it: it is in no link."""
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
    choice = chosen()
    with guard():
        compare_controls.show(plan, registry, choice, columns_of(plan, choice))
    with guard():
        plan = on_chosen_data(plan, choice)
        if choice.data and plan.base.options.get("column") == "":
            st.html("<p class='vb'>A survey of this file is about one of its columns: choose one above.</p>")
        else:
            opened(plan, registry)
    st.header("Saved comparisons", anchor=False)
    with guard():
        compare_saved.saved(resources.comparisons(), now=plan)
    notice.device(survey=plan.base.workload != RunRequest.workload)


with guard():
    page()
