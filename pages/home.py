"""Home: what this is, what there is to do, and which backends can be used here."""

from pathlib import Path

import streamlit as st

from ui import resources
from ui.errors import guard
from ui.panels import backends, notice

_INTRO = """
<div class='vb'><p class='vb-lead'>Veilbench runs one workload under different privacy technologies, and lets you
swap them while it runs. It measures what each costs in time, bytes and accuracy, and shows the very bytes that the
untrusted side received. Then it attacks them, and says what the attacker read.</p></div>
"""
_WHERE = """
<div class='vb vb-cols' style='padding-top:.3rem'>
<div><h3>On the device: this process</h3><p>Your taste, the keys, the ranking, these pages. It sees everything that
you do here, and answers on this machine's loopback address unless you configure another.</p></div>
<div><h3>On the servers: parties in this process</h3><p>The catalogue and its vectors. They get what the recorded
channel carries, and nothing else; the attacker reads exactly that record.</p></div>
<div><h3>In a worker beside it</h3><p>The attack and the accuracy figures, over simulated people. A feed never waits
for them.</p></div>
</div>
"""

st.title("Veilbench", anchor=False)
st.html(_INTRO)
with st.container(border=True, horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
    st.html(
        "<div class='vb'><h2>For you</h2><p>A feed of ten profiles, scored from what a person likes. Switch the "
        "backend and see what moved, what it cost, what the server saw, and what an attacker reads from it.</p></div>"
    )
    st.page_link(str(Path(__file__).with_name("fyp.py")), label="Open the feed →", width="content")
st.header("Backends", anchor=False)
with guard():
    backends.show(resources.registry())
st.header("What runs where", anchor=False)
st.html(_WHERE)
notice.device()
