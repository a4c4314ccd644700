"""The card picker: a person's own taste, one click at a time, saved at each."""

from typing import Literal

import streamlit as st

from privacy.plugin.host import RoundBook
from ui.kit.html import render
from workloads.fyp import tastes
from workloads.fyp.picker import choices
from workloads.fyp.world import World

COUNT = 12
_PAGE = "fyp/picker"


def show(world: World, book: RoundBook) -> bool:
    """Draw the cards and the person's choices; True once something is liked."""
    liked = tastes.liked(world)
    page = st.session_state.setdefault(_PAGE, 0)
    with st.container(border=True):
        st.html(
            "<div class='vb'><h2>What do you like?</h2><p class='vb-dim'>Click a few cards. Your choices are stored "
            "on this device and are in no link, log or export. The backend decides what a feed sends of them.</p></div>"
        )
        # As many across as there is room for: see the key in ui/theme.css.
        with st.container(key="cards", gap="small"):
            for place, item in enumerate(choices(world, count=COUNT, page=page), 1):
                _card(world, item, place, on=item in liked)
        with st.container(horizontal=True, vertical_alignment="center"):
            if st.button("Show other cards"):
                st.session_state[_PAGE] = page + 1
                st.rerun()
            st.html(f"<span class='vb vb-dim'>{len(liked)} liked so far</span>", width="content")
            if liked:
                _reset(world, book)
    return bool(liked)


def _card(world: World, item: int, place: int, *, on: bool) -> None:
    profile = world.catalogue.profiles[item]
    bio = " ".join(profile.biography.split()) or "–"
    with st.container(border=True, gap="small"):
        name = profile.nickname or "(no name)"
        st.html(render("fyp/panels/picker", name=name, bio=bio, topic=world.topic(item)))
        label = f"♥ Liked, no. {place}" if on else f"♡ Like no. {place}"
        kind: Literal["primary", "secondary"] = "primary" if on else "secondary"
        # The click names what it wants, so that a double click cannot undo itself in a slower tab.
        st.button(label, key=f"like {item}", type=kind, width="stretch", on_click=_set, args=(world, item, not on))


def _set(world: World, item: int, on: bool) -> None:
    from ui.kit.errors import guard

    with guard():
        tastes.set_liked(world, item, on=on)


def _reset(world: World, book: RoundBook) -> None:
    with st.popover("Reset my taste"):
        st.html("<p class='vb'>Delete every card you liked, and your feeds, from this device?</p>")
        if st.button("Yes, delete them", type="primary"):
            tastes.clear(world)
            book.forget_own()
            st.rerun()
