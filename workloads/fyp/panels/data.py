"""Your data: which data set is on, a CSV of one's own, and the way back. None of it is ever in a link."""

from dataclasses import replace
from pathlib import Path

import streamlit as st

from privacy.plugin import DataError, RunRequest
from privacy.plugin.host import Brought, Choice, RoundBook, datasets, lab, options_of
from privacy.plugin.running import Registry
from ui import resources
from ui.kit import format as f
from ui.kit import own_data, upload
from ui.kit.errors import guard
from ui.kit.html import render
from workloads.fyp.data.opening import fits_schema
from workloads.fyp.data.schema import MIN_PROFILES
from workloads.fyp.options import FypOptions
from workloads.fyp.panels import mapping_form
from workloads.fyp.panels.state import Settings
from workloads.fyp.tastes import forget_feeds
from workloads.fyp.workload import world_of
from workloads.fyp.world import World

_PENDING = "data/pending"
_OPEN, _SHUT = "data/popover", "data/shut"
_HINT = (
    "The file stays on this device, as a copy in the state folder, until you delete it. No link names it. To use a "
    "folder, such as MovieLens, use the command line: <code>veilbench run fyp --data FOLDER</code>."
)


def world(settings: Settings, registry: Registry) -> World | None:
    """The world of the data in use; None after saying why there is none."""
    label = f"Reading {f.markdown_text(settings.data.name)} …" if settings.data.name else "Reading the data …"
    found: World | None = None
    with guard(), st.spinner(label):
        check_mapped(settings.data, then="correct the columns below, or go back to the shipped data")
        found = _opened(settings.data, settings, registry)
    return found


def unmapped(choice: Choice) -> Brought | None:
    """A file that was chosen where no mapping is needed, as for a survey; None for any other choice."""
    if choice.data is None or choice.mapping is not None or not Path(choice.data).is_file():
        return None
    brought = datasets.look(Path(choice.data))
    return None if fits_schema(brought.sample.columns) else brought


def check_mapped(choice: Choice, *, then: str) -> None:
    """DataError for a file whose columns mean nothing to a feed yet; `then` says where to say it."""
    if unmapped(choice) is not None:
        raise DataError("say first what the columns mean", where=choice.name, then=then)


def _opened(choice: Choice, settings: Settings, registry: Registry) -> World:
    """The world of some data under the settings of the page; DataError says what cannot be used, and where."""
    request = choice.on(settings.request())
    return world_of(request, options_of(request, registry))


def _tried(choice: Choice, settings: Settings, registry: Registry) -> World:
    """The world of a choice that is not kept yet, once a feed of it has run: what cannot run is never kept."""
    found = _opened(choice, settings, registry)
    someone = replace(settings, data=choice, params={}).whose(found.persona(FypOptions.user).id)
    lab.first_round(someone.request(RunRequest.stack), registry)
    return found


def popover(settings: Settings, now: World | None, book: RoundBook) -> None:
    """A button that names the data in use, and behind it all that can be done about it."""
    name = settings.data.name
    short = name if len(name) <= 24 else f"{name[:12]}…{name[-10:]}"
    if st.session_state.pop(_SHUT, False):
        # What comes next stands on the page, under what was open.
        st.session_state[_OPEN] = False
    with st.popover(f"Data: {f.markdown_text(short)}" if name else "Data: shipped", key=_OPEN, on_change="rerun"):
        st.subheader("Your data", anchor=False)
        if now is not None:
            st.html(_about(settings, now))
        _upload(settings)
        st.html(f"<p class='vb vb-note'>{_HINT}</p>")
        _back(settings, book)


def _about(settings: Settings, now: World) -> str:
    return render(
        "fyp/panels/data", name=settings.data.name, count=f"{len(now.items):,}", people=now.people_note,
        notes=now.catalogue.notes,
    )  # fmt: skip


def _upload(settings: Settings) -> None:
    hint = "Any delimiter and encoding. The first row names the columns; at least 20 rows must follow."
    read = lambda file: take(datasets.bring(file, file.name), settings)  # noqa: E731 - one line of the page
    if upload.show("data", "A CSV file of your own", read, hint=hint):
        st.session_state[_SHUT] = True
        st.rerun()


def take(brought: Brought, settings: Settings) -> None:
    """Use a file at once if its schema is known; else ask what its columns mean. DataError for too small a file."""
    st.session_state.pop(_PENDING, None)
    try:
        _large_enough(brought)
        if not fits_schema(brought.sample.columns):
            st.session_state[_PENDING] = brought
            return
        datasets.use(brought, None, check=lambda choice: _tried(choice, settings, resources.registry()))
        own_data.again()
    except Exception:
        _leave(brought)
        raise


def _large_enough(brought: Brought) -> None:
    """A feed needs some items to choose from, whatever their columns mean."""
    count = len(brought.sample.rows)
    if count < MIN_PROFILES:
        what = f"the file has only {count} row{'' if count == 1 else 's'}"
        raise DataError(what, where=brought.path.name, then=f"choose one with at least {MIN_PROFILES}")


def _leave(brought: Brought) -> None:
    """Delete a file that was not used after all, unless it is in use here or where a tab begins."""
    now = own_data.readable()[0].data
    if now is None or Path(now).parent != brought.path.parent:
        with guard():
            datasets.leave(brought)


def _back(settings: Settings, book: RoundBook) -> None:
    with st.container(horizontal=True):
        if settings.data.data and st.button("Back to the shipped data"):
            with guard():
                own_data.back()
                st.session_state.pop(_PENDING, None)
                st.rerun()
        if st.button("Delete my files"):
            with guard():
                count = book.forget_files()
                forget_feeds()
                own_data.again()
                st.session_state.pop(_PENDING, None)
                st.toast(f"{count} file{'' if count == 1 else 's'} of yours deleted from this device.")
                if settings.data.data:
                    st.rerun()


def pending(settings: Settings, registry: Registry) -> None:
    """While a file waits for its mapping: its first rows, and what each column means."""
    waiting: Brought | None = st.session_state.get(_PENDING)
    with guard():
        brought = waiting or unmapped(settings.data)
        if brought is not None:
            _map(brought, settings, registry, cancel=waiting is not None)


def _map(brought: Brought, settings: Settings, registry: Registry, *, cancel: bool) -> None:
    with st.container(border=True), guard():
        mapped = mapping_form.show(brought)
        with st.container(horizontal=True):
            use = st.button("Use this data", type="primary")
            if cancel and st.button("Cancel", key="data.cancel"):
                _leave(brought)
                st.session_state.pop(_PENDING, None)
                st.rerun()
        if use:
            with st.spinner(f"Reading {f.markdown_text(brought.path.name)} …"):
                datasets.use(brought, mapped(), check=lambda choice: _tried(choice, settings, registry))
            own_data.again()
            st.session_state.pop(_PENDING, None)
            st.rerun()
