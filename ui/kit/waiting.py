"""What a page waits for, with a spinner only where there is something to wait for: a spinner starts a thread."""

from typing import Any

import streamlit as st

from privacy.errors import ConsentError
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.services.rounds import Private
from ui import resources
from ui.kit.errors import Shown
from ui.kit.format import markdown_text
from ui.kit.stacks import title


def round_of(request: RunRequest, registry: Registry, *, private: Private | None = None) -> Any:
    """The round of a request, from the book or run now. Any VeilbenchError of the run is the caller's.

    What would spend a person's own budget waits for a press, and is Shown until then.
    """
    book = resources.rounds()
    found = book.kept(request, registry, private=private)
    if found is not None:
        st.empty()  # where the spinner would be, so that what follows keeps its place on the page
        return found
    running = f"Running {title(registry, request.stack)} …"
    try:
        with st.spinner(running):
            return book.get(request, registry, private=private, consent=False)
    except ConsentError as error:
        st.info(markdown_text(str(error)))
        if not st.button("Spend it and run", key=f"spend {request.stack}", type="primary"):
            raise Shown from error
    with st.spinner(running):
        return book.get(request, registry, private=private)
