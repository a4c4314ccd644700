"""The table of backends: what each implements, and if it cannot be used, why."""

import streamlit as st

from privacy.registry import Registry
from ui.kit.html import render


def show(registry: Registry) -> None:
    """Tabulate every backend that was found, the broken ones too."""
    st.html(render("kit/backends", entries=registry.entries))
