"""What the server saw: every wire to a computing party, its bytes beside what the device holds."""

import base64
from typing import Any

import streamlit as st

from privacy.workloads.feed import FeedRun
from ui import format as f

_ROWS = 12
_OPEN = {"plaintext", "public"}
_STEPS = {"scoring": "Scoring", "lookup": "Fetch", "": "Set-up"}


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
    exposure = message["exposure"]
    tone = "bad" if exposure in _OPEN else "good"
    own, title = (run.vector, "the taste") if message["step"] == "scoring" else (run.shown, "the chosen items")
    return (
        "<section class='vb-wire'><div class='vb-head'>"
        f"<b>{_STEPS.get(message['step'], 'Other')}: “{f.text(message['kind'])}” "
        f"to the {f.text(message['receiver'])}</b>"
        f"<span class='vb-chip {tone}'>{f.text(exposure)}</span></div>"
        f"<p class='vb-note vb-num'>{f.size(message['bytes'])} on the wire · {message['entropy']:.2f} of 8 bits of "
        f"entropy a byte · {_reading(message, own, title)}</p>"
        f"<div class='vb-pair'><div><span class='vb-note'>Only on this device: {title}</span>"
        f"<pre tabindex='0' aria-label='The plain vector'>{f.numbers(own, most=60)}</pre></div>"
        f"<div><span class='vb-note'>What the {f.text(message['receiver'])} received, first bytes</span>"
        f"<pre tabindex='0' aria-label='Bytes received'>{_dump(message)}</pre></div></div></section>"
    )


def _dump(message: dict[str, Any]) -> str:
    return f.text(f.hexdump(base64.b64decode(message["sample"]), rows=_ROWS))


def _reading(message: dict[str, Any], own: list[int], title: str) -> str:
    found = message["numbers"]
    if found is None:
        return "no numbers can be read from it"
    if found == [float(v) for v in own]:
        return f"<b>reads as {len(found)} numbers: {title}, digit for digit</b>"
    return f"reads as {len(found)} numbers: {f.text(', '.join(f'{v:g}' for v in found[:4]))} …"
