"""The way back: what was chosen last, and how to undo it. Above a page that failed, else below it."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui.kit import errors, own_data
from ui.kit.html import render
from ui.kit.link import anew


@contextmanager
def beside(screen: str) -> Iterator[None]:
    """Around the drawing of a page, `screen` being its path."""
    errors.forget()
    above = st.container()
    yield
    failed = errors.noted()
    workload = own_data.here(screen)
    choice, unreadable = own_data.readable(workload)
    if not (failed or choice.data or unreadable):
        return
    with above if failed or unreadable else st.container():
        settings = failed == "unexpected" and bool(st.query_params)
        _offer(screen, workload, name=choice.name, unreadable=bool(unreadable), settings=settings)


def _offer(screen: str, workload: str, *, name: str, unreadable: bool, settings: bool) -> None:
    """One line that names the choice, and a button for each thing that can be undone."""
    if not (name or unreadable or settings):
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.html(render("kit/way_back", name=name, unreadable=unreadable, settings=settings), width="content")
        if (name or unreadable) and st.button("Back to the shipped data", key="way back/data"):
            with errors.guard():
                own_data.back(workload)
                st.rerun()
        if settings:
            st.button("Reset this page's settings", key="way back/settings", on_click=anew, args=(screen,))
