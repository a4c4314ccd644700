"""Every version of a room: its figures, its record held against the chain, two of them compared, one restored."""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from privacy.rooms.finding import short
from privacy.rooms.history import Kept, history, restore
from ui import resources
from ui.kit.html import render
from ui.rooms.choice import Place

Draw = Callable[[Sequence[Kept]], None]


def show(place: Place, *, names: Mapping[str, str], draw: Draw, begin: Callable[[Kept], None]) -> None:
    """The panel of a room's versions.

    `names` are the figures that are shown, by key, with what they are called. `draw` draws those of a line of versions,
    from the first to one of them; `begin` is called where somebody wants to train on from a version.
    """
    found = history(place.rooms, place.room, resources.store())
    if not found:
        st.html("<p class='vb vb-dim'>No version yet. The owner's first training makes one.</p>")
        return
    ids = [one.version.id.hex() for one in found]
    by = dict(zip(ids, found, strict=True))
    picked = st.selectbox(
        "Version", ids[::-1], format_func=lambda id_: _called(by[id_]), key=f"rooms.version.{place.room.id.hex()}"
    )  # fmt: skip
    line = _line(by, picked)
    draw(line)
    rows = [one.as_dict() | {"before": _before(by, one)} for one in found[::-1]]
    st.html(render("rooms/versions", rows=rows, picked=picked, names=names))
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button("Restore and check it", key="rooms.restore", help="Each block is checked against its CID."):
            body = restore(by[picked].version, resources.store())
            st.session_state["rooms/restored"] = (picked, body)
        if place.trains and st.button("Train on from this version", key="rooms.fork"):
            begin(by[picked])
    kept = st.session_state.get("rooms/restored")
    if kept and kept[0] == picked:
        one = by[picked]
        st.html(render("rooms/restored", one=one, size=len(kept[1])))
        st.download_button(
            "Download the model", kept[1], f"{place.room.name[:20]}-round-{one.version.round}.safetensors",
            key="rooms.download",
        )  # fmt: skip


def _called(one: Kept) -> str:
    return f"round {one.version.round} ({short(one.version.id)})"


def _line(by: dict[str, Kept], id_: str) -> list[Kept]:
    """The versions from the first to this one."""
    found = [by[id_]]
    while (parent := found[-1].version.parent) is not None and parent.hex() in by:
        found.append(by[parent.hex()])
    return found[::-1]


def _before(by: dict[str, Kept], one: Kept) -> dict[str, float]:
    parent = one.version.parent
    record = by[parent.hex()].record if parent and parent.hex() in by else None
    return record.metrics if record else {}

