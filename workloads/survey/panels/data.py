"""The data of a survey: the shipped profiles, or a table of one's own. None of it is ever in a link."""

from typing import Any

import streamlit as st

from privacy.plugin.host import Choice, datasets
from ui.kit import format as f
from ui.kit import own_data, upload
from ui.kit.errors import guard

ID = "survey"


def popover(choice: Choice) -> None:
    """A button that names the data in use, and behind it a file of one's own, and the way back."""
    name = choice.name
    short = name if len(name) <= 24 else f"{name[:12]}…{name[-10:]}"
    with st.popover(f"Data: {f.markdown_text(short)}" if name else "Data: shipped"):
        st.subheader("Your data", anchor=False)
        st.html(
            "<p class='vb'>Use any CSV file, with any delimiter and encoding. A survey is about one column, and each "
            "row lies on a simulated device. The file stays on this device, and no link names it.</p>"
        )
        _upload()
        with st.container(horizontal=True):
            if choice.data and st.button("Back to the shipped data", key="survey.back"):
                with guard():
                    own_data.back(ID)
                    st.rerun()


def _upload() -> None:
    if upload.show(ID, "A table of your own", _take):
        own_data.again()
        st.rerun()


def _take(file: Any) -> None:
    brought = datasets.bring(file, file.name)
    datasets.use(brought, None, check=lambda made: made, workload=ID)
