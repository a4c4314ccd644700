"""The card picker: a person's own taste, one click at a time, saved at each."""

from typing import Literal

import streamlit as st

from ui.kit import format as f
from workloads.fyp import tastes
from workloads.fyp.book import FeedBook
from workloads.fyp.picker import choices
from workloads.fyp.world import World

COUNT = 12
_ACROSS = 6
_PAGE = "fyp/picker"


def show(world: World, book: FeedBook) -> bool:
    """Draw the cards and the person's choices; True once something is liked."""
    liked = tastes.liked(world)
    page = st.session_state.setdefault(_PAGE, 0)
    with st.container(border=True):
        st.html(
            "<div class='vb'><h2>What do you like?</h2><p class='vb-dim'>Click a few cards. Your choices stay on this "
            "device: they are in no link, log or export.</p></div>"
        )
        columns = st.columns(_ACROSS, gap="small")
        for place, item in enumerate(choices(world, count=COUNT, page=page)):
            with columns[place % _ACROSS]:
                _card(world, item, place + 1, on=item in liked)
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
        st.html(
            f"<div class='vb'><div class='vb-name' dir='auto'>{f.text(profile.nickname or '(no name)')}</div>"
            f"<div class='vb-bio' dir='auto' title='{f.text(bio)}'>{f.text(bio)}</div>"
            f"<div class='vb-note' style='color:var(--vb-accent)'>{f.text(world.topic(item))}</div></div>"
        )
        label = f"♥ Liked, no. {place}" if on else f"♡ Like no. {place}"
        kind: Literal["primary", "secondary"] = "primary" if on else "secondary"
        # The click names what it wants, so that a double click cannot undo itself in a slower tab.
        st.button(label, key=f"like {item}", type=kind, width="stretch", on_click=_set, args=(world, item, not on))


def _set(world: World, item: int, on: bool) -> None:
    from ui.kit.errors import guard

    with guard():
        tastes.set_liked(world, item, on=on)


def _reset(world: World, book: FeedBook) -> None:
    with st.popover("Reset my taste"):
        st.html("<p class='vb'>Forget every card you liked, and your feeds, on this device?</p>")
        if st.button("Yes, forget them", type="primary"):
            tastes.clear(world)
            book.forget_own()
            st.rerun()
