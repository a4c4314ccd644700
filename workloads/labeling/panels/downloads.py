"""Downloads of a sealed round."""

from collections.abc import Sequence

import streamlit as st

from workloads.labeling.rounds.exports import Export
from workloads.labeling.rounds.service import PLAIN, Round


def show(one: Round, files: Sequence[Export]) -> None:
    """A button for each file, made when it is pressed."""
    with st.popover("Download"):
        for file in files:
            st.download_button(
                file.title, file.make, file_name=file.file, mime=file.mime, on_click="ignore",
                key=f"download {one.id} {file.file}", width="stretch",
            )  # fmt: skip
        if one.terms.stack != PLAIN:
            st.html("<p class='vb vb-note'>This stack hides single votes, so only labels can be downloaded.</p>")
