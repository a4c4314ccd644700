"""Chain: what any chain of ours shows to anybody, live, and the story of whatever stands on it."""

from collections.abc import Callable

import streamlit as st

from privacy.chains.choice import chosen
from privacy.chains.watching import Watch
from ui import resources
from ui.chain import events, found, gas, head, latest
from ui.components import chain_links
from ui.kit import choice, notice
from ui.kit.errors import guard
from ui.kit.format import markdown_text
from ui.kit.link import Link

_POLL = "1s"
_WAIT = 3.0
_LINKS = "chain/links"
_SEARCH = "A block's number, or 0x… of a transaction, an address, a digest, or a CID"


def panel(heading: str, draw: Callable[[], None]) -> None:
    """One framed panel, whose failure leaves the others alone."""
    with st.container(border=True, gap="small"):
        st.subheader(heading, anchor=False)
        with guard():
            draw()


def looked_for(text: str, watch: Watch, link: Link) -> None:
    """What the search found, in a panel that the live part leaves alone."""
    with st.container(border=True, gap="small"):
        with guard():
            found.show(text, watch.explorer)
        st.button("Close", key="chain.close", type="tertiary", on_click=link.set, kwargs={"q": ""})


def follow(link: Link) -> None:
    """Search for what a link of the page names."""

    def search() -> None:
        wanted = st.session_state[_LINKS].get("q")
        if isinstance(wanted, str):
            link.set(q=wanted)

    chain_links.follow(key=_LINKS, on_q_change=search)


def live(name: str, watch: Watch, waits: bool) -> None:
    """What changes while things happen, drawn again by itself. `waits`: a search waits for the first answer."""

    @st.fragment(run_every=_POLL, key=f"live {name}")
    def draw() -> None:
        view, error = watch.look()
        with guard():
            another = chosen(resources.registry()) != name or resources.watch(name) is not watch
            if another or (waits and view is not None):
                st.rerun()
        if error is not None:
            st.error(markdown_text(str(error)))
            if view is not None:
                st.html("<p class='vb vb-dim'>The picture below is the last one that loaded.</p>")
        if view is None:
            if error is None:
                st.info(markdown_text(f"{name} has not answered yet. Wait, or choose another chain above."))
            return
        with guard():
            head.show(view, name)
        blocks, use = st.columns([7, 5], gap="medium")
        with blocks:
            panel("Latest blocks", lambda: latest.show(view))
        with use:
            panel("Gas per action", lambda: gas.show(view))
        panel("Events of our contracts", lambda: events.show(view, watch))

    draw()


def page() -> None:
    """Draw the page from its address."""
    link = Link.enter("chain")
    problems, name = st.container(), ""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        st.title("Chain", anchor=False, width="content")
        with guard():
            name = choice.chain("chain.chosen")
        text = st.text_input("Search", placeholder=_SEARCH, **link.bind("q", "", str))
    with problems:
        notice.problems(link.problems())
    if not name:
        return
    events.of(name)
    watch = resources.watch(name)
    waits = watch.look(wait=_WAIT)[0] is None and bool(text)
    if text and not waits:
        looked_for(text, watch, link)
    live(name, watch, waits)
    follow(link)


with guard():
    page()
