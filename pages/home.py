"""Home: what this is, what there is to do, and which backends can be used here."""

from pathlib import Path

import streamlit as st

from ui import resources
from ui.kit import backends, notice, servers_place
from ui.kit.errors import guard

_INTRO = """
<div class='vb'><p class='vb-lead'>Veilbench runs a workload under different privacy technologies, and lets you
swap them while it runs. It measures what each costs in time, bytes and accuracy, and shows the very bytes that the
untrusted side received. Then it attacks them, and says what the attacker read.</p></div>
"""
_WHERE = """
<div class='vb vb-cols' style='padding-top:.3rem'>
<div><h3>On the device: this process</h3><p>Your taste, the keys, the ranking, these pages. It sees everything that
you do here, and answers on this machine's loopback address unless you configure another.</p></div>
<div><h3>On the servers: {where}</h3><p>The catalogue and its vectors, or the sum of a survey. They get what the
recorded channel carries, and nothing else; the attacker reads exactly that record.</p></div>
<div><h3>In a worker beside it</h3><p>The attacks and the accuracy figures, over simulated people and devices. A page
never waits for them.</p></div>
</div>
"""

_ENTRIES = (
    (
        "For you",
        "A feed of ten profiles, scored from what a person likes. Switch the backend and see what moved, what it cost, "
        "what the server saw, and what an attacker reads from it.",
        (("fyp.py", "Open the feed →", {}),),
    ),
    (
        "Survey",
        "A histogram, a mean or the most common values of one column, whose cells lie on simulated devices and are "
        "only ever added up. See what the sum costs, and what it still gives away: to the aggregator, in two sums "
        "that differ by one device, and over many rounds.",
        (
            ("compare.py", "Compare backends →", {"workload": "tally"}),
            ("server.py", "See the wires →", {"workload": "tally"}),
        ),
    ),
    (
        "Plugins",
        "Every backend with its origin and what it declares. Run the conformance kit on one, read what was found, and "
        "bring a technology of your own.",
        (("plugins.py", "Open plugins →", {}),),
    ),
)


def entry(title: str, text: str, links: tuple[tuple[str, str, dict[str, str]], ...]) -> None:
    """One thing to do, with the pages where it is done."""
    with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.html(f"<div class='vb' style='max-width:46rem'><h2>{title}</h2><p>{text}</p></div>")
        with st.container(horizontal=True, width="content", gap="small"):
            for page, label, query in links:
                path = str(Path(__file__).with_name(page))
                st.page_link(path, label=label, query_params=query or None, width="content")


st.title("Veilbench", anchor=False)
st.html(_INTRO)
for one in _ENTRIES:
    entry(*one)
st.header("Backends", anchor=False)
with guard():
    backends.show(resources.registry())
st.header("What runs where", anchor=False)
with guard():
    st.html(_WHERE.replace("{where}", servers_place.where()))
notice.device()
