"""The charts of a comparison: privacy against utility, the sweep, and cost."""

import streamlit as st

from privacy.compare.plan import Comparison
from privacy.export.charts import charts
from privacy.spec import WorkloadSpec
from ui.kit import figure


def show(comparison: Comparison, spec: WorkloadSpec) -> None:
    """A tab for each chart, or for those that belong together; the sweep's is open first where there is one."""
    found, swept = charts(comparison, spec), f"By {comparison.plan.sweep}"
    names = list(dict.fromkeys(one.tab for one in found))
    for name, tab in zip(names, st.tabs(names, default=swept if swept in names else names[0]), strict=True):
        with tab:
            for one in found:
                if one.tab == name:
                    figure.show(one)
