"""The data in use in this tab, chosen when it opened: what another tab uploads later changes nothing here.

The kept choice is where a new tab, a reload and a restart begin.
"""

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.request import RunRequest
from privacy.services import datasets
from privacy.services.datasets import Choice
from ui import resources

_CHOICE = "data/choice/"


def current(workload: str = RunRequest.workload) -> Choice:
    """What a workload uses in this tab. StateError if it begins with a kept choice that cannot be read."""
    key = _CHOICE + workload
    if key not in st.session_state:
        st.session_state[key] = datasets.chosen(workload)
    found: Choice = st.session_state[key]
    return found


def here(screen: str) -> str:
    """The workload that a page is about: its own, or the one that its address names."""
    named = screen if screen in resources.registry().workloads else st.query_params.get("workload", "")
    return named if named.isidentifier() else RunRequest.workload


def readable(workload: str = RunRequest.workload) -> tuple[Choice, list[str]]:
    """What a workload uses in this tab; the shipped data where the choice cannot be read, with the sentence of why."""
    try:
        return current(workload), []
    except VeilbenchError as error:
        return Choice(), [str(error)]


def again() -> None:
    """Begin with the kept choices once more: this tab has just made one, or forgotten it."""
    for key in [k for k in st.session_state if str(k).startswith(_CHOICE)]:
        st.session_state.pop(key, None)


def back(workload: str = RunRequest.workload) -> None:
    """Go back to the shipped data, here and wherever a tab begins from now on; the person's files stay."""
    datasets.use_shipped(workload)
    again()
