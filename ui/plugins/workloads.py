"""Workloads: every one that was found in one table, those that cannot be used greyed, with reason and remedy."""

import streamlit as st

from privacy.registry import Registry
from privacy.stacks import offered
from ui.kit.html import render


def show(registry: Registry) -> None:
    """Tabulate every workload."""
    stacks = {name: len(offered(spec, registry)) for name, spec in registry.workloads.items()}
    st.html(render("plugins/workloads", entries=registry.workload_entries, stacks=stacks))
