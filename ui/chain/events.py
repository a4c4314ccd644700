"""The events of our contracts, newest first, page by page."""

import streamlit as st

from privacy.chains.watching import View, Watch
from ui.chain import words
from ui.kit.html import render

PAGE = 12
_BEFORE, _OF = "chain/before", "chain/of"


def show(view: View, watch: Watch) -> None:
    """List one page. The first follows the chain; an older one stays as it is, whatever is mined meanwhile."""
    if not view.events:
        st.html("<p class='vb vb-dim'>No event yet.</p>")
        return
    before = min(st.session_state.get(_BEFORE) or view.events, view.events)
    found = watch.explorer.timed(watch.explorer.book.newest(PAGE, before=before))
    label = f"Events {before - len(found) + 1:,} to {before:,} of {view.events:,}"
    st.html(render("chain/events", found=words.events(found, view.names), label=label))
    with st.container(horizontal=True, vertical_alignment="center"):
        st.html(render("kit/line", kind="vb-dim", role="", text=label))
        oldest, newest = before <= PAGE, before >= view.events
        _button("Older", before - PAGE, off=oldest)
        _button("Newer", before + PAGE if before + PAGE < view.events else None, off=newest)
        _button("Newest", None, off=newest)


def of(chain: str) -> None:
    """Begin with the newest where another chain is looked at: it has other events."""
    if st.session_state.get(_OF) != chain:
        st.session_state[_OF] = chain
        st.session_state.pop(_BEFORE, None)


def _button(label: str, before: int | None, *, off: bool) -> None:
    def turn() -> None:
        st.session_state[_BEFORE] = before

    st.button(label, key=f"chain.{label.lower()}", on_click=turn, disabled=off, type="tertiary")
