"""What a page waits for, with a spinner only where there is something to wait for: a spinner starts a thread."""

from typing import Any

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.rounds import Private
from ui import resources
from ui.kit.stacks import title


def round_of(request: RunRequest, registry: Registry, *, private: Private | None = None) -> Any:
    """The round of a request, from the book or run now. Any VeilbenchError of the run is the caller's."""
    book = resources.rounds()
    found = book.kept(request, registry, private=private)
    if found is not None:
        st.empty()  # where the spinner would be, so that what follows keeps its place on the page
        return found
    with st.spinner(f"Running {title(registry, request.stack)} …"):
        return book.get(request, registry, private=private)
