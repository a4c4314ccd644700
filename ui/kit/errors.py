"""Errors on a page: one sentence inline, and the rest of the page stays."""

import logging
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from privacy.errors import VeilbenchError
from ui.kit.format import markdown_text

_FAILED = "errors/failed"


class Shown(Exception):
    """What is missing here, and why, is on the page already."""


@contextmanager
def guard() -> Iterator[None]:
    """Show an error of the block as a sentence.

    An unexpected one is logged by its type and an id alone, as a traceback may quote what someone likes;
    `VEILBENCH_DEBUG=1` logs the traceback as well.
    """
    try:
        yield
    except Shown:
        pass
    except VeilbenchError as error:
        st.session_state.setdefault(_FAILED, "said")
        st.error(markdown_text(str(error)))
    except Exception as error:
        st.session_state[_FAILED] = "unexpected"
        log_id = uuid.uuid4().hex[:8]
        debug = os.environ.get("VEILBENCH_DEBUG") == "1"
        logging.getLogger("veilbench").error(
            "unexpected %s, id %s", type(error).__name__, log_id, exc_info=error if debug else None
        )
        st.error(
            f"Something went wrong inside Veilbench (id {log_id}). Undo your last choice, or reload the page. If it "
            f"happens again, start the server with VEILBENCH_DEBUG=1 and find the id in its output."
        )


def forget() -> None:
    """Begin to note whether anything fails."""
    st.session_state.pop(_FAILED, None)


def noted() -> str:
    """What has failed on the page since `forget`: empty, `said` where a sentence says what to do, or `unexpected`."""
    return str(st.session_state.get(_FAILED, ""))
