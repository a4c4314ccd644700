"""A file of one's own, taken once: what was refused is said again at each redraw, without reading it again."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from privacy.errors import VeilbenchError
from ui.kit.errors import guard
from ui.kit.format import markdown_text

_MOST_MB = 200


def show(prefix: str, label: str, take: Callable[[Any], None], *, hint: str | None = None) -> bool:
    """An uploader whose file `take` reads and uses; whether it did, and the page is to be drawn again.

    A VeilbenchError of `take` is shown under the uploader.
    """
    turn, refused = f"{prefix}/round", f"{prefix}/refused"
    number = st.session_state.get(turn, 0)
    file = st.file_uploader(label, key=f"{prefix}.file.{number}", max_upload_size=_MOST_MB, help=hint)
    if file is None:
        return False
    before: tuple[str, str] | None = st.session_state.get(refused)
    if before and before[0] == file.file_id:
        st.error(markdown_text(before[1]))
        return False
    taken = False
    with guard():
        try:
            with st.spinner(f"Reading {markdown_text(file.name)} …"):
                take(file)
        except VeilbenchError as error:
            st.session_state[refused] = (file.file_id, str(error))
            raise
        st.session_state[turn] = number + 1
        taken = True
    return taken
