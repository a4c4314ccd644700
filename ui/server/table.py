"""The table of wires: every one of a run in order, each with its bytes to unfold."""

from collections.abc import Iterable, Mapping
from typing import Any

import streamlit as st

from ui.kit import format as f
from ui.server import parts as parts
from workloads.fyp.feed import KEPT_SAMPLE, FeedRun
from workloads.wires import LOOKED_FOR

_WIDTH = 16
_ROWS = KEPT_SAMPLE // _WIDTH
_HEADS = ("No.", "Phase", "Round", "From → to", "Kind", "Declared", "On the wire", "Entropy")


def show(run: FeedRun) -> None:
    """List every wire of `run`, in order."""
    body = "".join(row(m) + detail(m, run) for m in run.messages)
    st.html(
        f"<div class='vb vb-scroll' tabindex='0' role='region' aria-label='Every wire'>{table(body, 'Wires')}</div>"
        f"<p class='vb vb-note'>Measured, n = 1 run. Entropy in bits a byte, of 8, over the part that is kept. "
        f"{f.text(LOOKED_FOR)}</p>"
    )


def brief(wires: Iterable[Mapping[str, Any]]) -> None:
    """The same rows for some of the wires, without their bytes."""
    st.html(
        "<div class='vb vb-scroll' tabindex='0' role='region' aria-label='Wires of the coalition'>"
        f"{table(''.join(row(m) for m in wires), 'Wires of the coalition')}</div>"
    )


def table(body: str, label: str) -> str:
    """Rows as a table with its head."""
    heads = "".join(f"<th scope='col'{_right(h)}>{h}</th>" for h in _HEADS)
    return (
        f"<table class='vb-table vb-wires' aria-label='{label}'><thead><tr>{heads}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _right(head: str) -> str:
    return " class='r'" if head in ("Round", "On the wire", "Entropy") else ""


def row(m: Mapping[str, Any], *, alike: str = "") -> str:
    """One wire's row; `alike` is HTML about further wires that it stands for."""
    step = parts.STEPS.get(m["step"], "") if m["step"] else ""
    about = f" <span class='vb-dim'>{f.text(step.lower())}</span>" if step else ""
    return (
        f"<tr><th scope='row'>#{m['seq']}</th><td>{f.text(m['phase'])}</td><td class='r'>{m['round']}</td>"
        f"<td><span class='vb-nowrap'>{parts.route(m)}</span>{_small(alike)}</td>"
        f"<td class='vb-nowrap'>“{f.text(m['kind'])}”{about}</td>"
        f"<td>{parts.exposure(m)}</td><td class='r'>{f.size(m['bytes'])}</td><td class='r'>{m['entropy']:.2f}</td></tr>"
    )


def _small(alike: str) -> str:
    return f"<br><span class='vb-note'>{alike}</span>" if alike else ""


def detail(m: Mapping[str, Any], run: parts.Run) -> str:
    """The row under a wire's: what is declared and found of it, and its bytes to unfold."""
    kept = f"the first {f.size(m['sample_bytes'])}" if m["sample_bytes"] < m["body_bytes"] else "whole"
    return (
        f"<tr class='vb-sub'><td></td><td colspan='7'>Declared {f.text(m['exposure'])}; {parts.found(m, run)}."
        f"<details><summary>Bytes of wire {m['seq']}: hex and ASCII ({kept})</summary>"
        f"<pre tabindex='0' aria-label='Bytes of wire {m['seq']}'>{parts.dump(m, rows=_ROWS, width=_WIDTH)}</pre>"
        f"</details></td></tr>"
    )
