"""What the server saw: every wire to a computing party, its bytes beside what the device holds."""

from typing import Any

import streamlit as st

from ui.kit import format as f
from ui.server import parts as parts
from workloads.fyp.feed import FeedRun

_ROWS = 12


def show(run: FeedRun) -> None:
    """List the wires of `run` that reached anyone but the device."""
    wires = [m for m in run.messages if m["receiver"] != "client" or m["via"]]
    if not wires:
        st.html(
            "<div class='vb'><div class='vb-call calm'><b>Nothing that depends on the taste was sent.</b> "
            "The device downloaded public data and did the rest itself.</div></div>"
        )
        return
    st.html("<div class='vb vb-box'>" + "".join(_wire(m, run) for m in wires) + "</div>")


def _wire(message: dict[str, Any], run: FeedRun) -> str:
    own, title = (run.vector, "the taste") if message["step"] == "scoring" else (run.shown, "the chosen items")
    return (
        "<section class='vb-wire'><div class='vb-head'>"
        f"<b>{parts.STEPS.get(message['step'], 'Other')}: “{f.text(message['kind'])}” "
        f"to the {f.text(message['receiver'])}</b>"
        f"{parts.exposure(message)}</div>"
        f"<p class='vb-note vb-num'>{f.size(message['bytes'])} on the wire · {message['entropy']:.2f} of 8 bits of "
        f"entropy a byte · {parts.found(message, run)}</p>"
        f"<div class='vb-pair'><div>{_held(message, run, own, title)}</div>"
        f"<div><span class='vb-note'>What the {f.text(message['receiver'])} received, first bytes</span>"
        f"<pre tabindex='0' aria-label='Bytes received'>{parts.dump(message, rows=_ROWS)}</pre></div></div>"
        f"{_in_return(message, run)}</section>"
    )


def _held(message: dict[str, Any], run: FeedRun, own: list[int], title: str) -> str:
    """What the device holds, and under a randomiser, what it let out in its place."""
    kept = f"<span class='vb-note'>Only on this device: {title}</span>"
    if not run.randomised or message["step"] != "scoring":
        return f"{kept}<pre tabindex='0' aria-label='The plain vector'>{f.numbers(own, most=60)}</pre>"
    return (
        f"{kept}<pre class='half' tabindex='0' aria-label='The plain vector'>{f.numbers(own, most=60)}</pre>"
        "<span class='vb-note'>Randomised, sent in its place: <b>the released vector</b></span>"
        f"<pre class='half' tabindex='0' aria-label='The released vector'>{f.numbers(run.sent, most=60)}</pre>"
    )


def _in_return(message: dict[str, Any], run: FeedRun) -> str:
    """Under a randomiser: that more came than is shown, and why."""
    if not run.randomised or message["step"] != "lookup":
        return ""
    return (
        f"<p class='vb-call calm' style='margin-top:.5rem'><b>{run.fetched} candidates came back as whole records</b>, "
        f"picked by the released vector alone. The device ranked them again by the true taste, shows {len(run.shown)}, "
        "and sent nothing of that.</p>"
    )
