"""Blob stores: every one that was found in one table, those that cannot be used greyed, with reason and remedy."""

import streamlit as st

from privacy.registry import Registry
from ui.kit import choice
from ui.kit.html import render


def show(registry: Registry) -> None:
    """Tabulate every store; the first that can be used is the one where nobody names another."""
    choice.store("store")
    usual = next(iter(registry.stores), "")
    st.html(render("plugins/stores", entries=registry.store_entries, usual=usual))
