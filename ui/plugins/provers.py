"""Provers: every one that was found in one table, those that cannot be used greyed, with reason and remedy."""

import streamlit as st

from privacy.registry import Registry
from ui.kit.html import render


def show(registry: Registry) -> None:
    """Tabulate every prover."""
    st.html(render("plugins/provers", entries=registry.prover_entries))
