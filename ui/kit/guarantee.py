"""The guarantee panel: per step and observer, what is hidden, under which assumption, and what still leaks."""

import streamlit as st

from privacy.guarantees import Guarantee
from privacy.spec import WorkloadSpec
from privacy.workload import Round
from ui import resources
from ui.kit.html import markup, piece
from ui.plugins import strangers


def fallbacks(run: Round) -> str:
    """Which steps run under plain, as HTML for a heading; empty where none does."""
    return piece("kit/guarantee", "flags", run.fallbacks.values())


def show(run: Round, spec: WorkloadSpec) -> None:
    """Show the run's guarantee, then those of its steps."""
    note = markup(strangers.note(run.stack, resources.registry()))
    steps = [(spec.step(step), guarantee) for step, guarantee in run.steps.items()]
    st.html(piece("kit/guarantee", "whole", run, note, steps))


def rows(guarantee: Guarantee) -> str:
    """A guarantee as HTML: each observer, then whose word it is."""
    return piece("kit/guarantee", "rows", guarantee)
