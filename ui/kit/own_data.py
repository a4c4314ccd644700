"""The data in use in this tab, chosen when it opened: what another tab uploads later changes nothing here.

The kept choice is where a new tab, a reload and a restart begin.
"""

import streamlit as st

from privacy.errors import VeilbenchError
from privacy.services import datasets
from privacy.services.datasets import Choice

_CHOICE = "data/choice"


def current() -> Choice:
    """The data of this tab. StateError if it begins with a kept choice that cannot be read."""
    if _CHOICE not in st.session_state:
        st.session_state[_CHOICE] = datasets.chosen()
    found: Choice = st.session_state[_CHOICE]
    return found


def readable() -> tuple[Choice, list[str]]:
    """The data of this tab; the shipped one where the choice cannot be read, with the sentence that says so."""
    try:
        return current(), []
    except VeilbenchError as error:
        return Choice(), [str(error)]


def again() -> None:
    """Begin with the kept choice once more: this tab has just made it, or forgotten it."""
    st.session_state.pop(_CHOICE, None)


def back() -> None:
    """Go back to the shipped data, here and wherever a tab begins from now on; the person's files stay."""
    datasets.use_shipped()
    again()
