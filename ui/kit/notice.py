"""Standing notices: who sees what in this set-up, and what was wrong with a link."""

import streamlit as st

from privacy.spec import WorkloadSpec
from ui.kit import format as f
from ui.kit import servers_place
from ui.kit.html import render


def device(spec: WorkloadSpec | None = None) -> None:
    """Say which machine sees private input, in the workload's words, and where the parties run."""
    sees = spec.sees if spec else "This process is the device: it sees what you put in."
    st.html(render("kit/device", sees=sees, place=servers_place.sentence()))


def problems(found: list[str]) -> None:
    """Show what a link wanted and could not get."""
    if found:
        st.warning("  \n".join(map(f.markdown_text, found)))
