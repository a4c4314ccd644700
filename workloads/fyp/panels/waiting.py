"""What a page waits for, with a spinner only where there is something to wait for: a spinner starts a thread."""

import streamlit as st

from privacy.registry import Registry
from privacy.request import RunRequest
from ui import resources
from workloads.fyp.feed import FeedRun
from workloads.fyp.panels import controls


def feed(request: RunRequest, registry: Registry) -> FeedRun:
    """The feed of a request, from the book or run now. Any VeilbenchError of the run is the caller's."""
    book = resources.feed_book()
    found = book.kept(request, registry)
    if found is not None:
        st.empty()  # where the spinner would be, so that what follows keeps its place on the page
        return found
    with st.spinner(f"Running {controls.title(registry, request.stack)} …"):
        return book.get(request, registry)
