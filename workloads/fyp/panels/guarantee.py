"""The guarantee panel: per step and observer, what is hidden, under which assumption, and what still leaks."""

import streamlit as st

from privacy.guarantees import Guarantee, Strength, Towards
from ui import resources
from ui.kit import format as f
from ui.plugins import said as plugins_said
from workloads.fyp.feed import FeedRun

_STEPS = {"scoring": "Scoring", "lookup": "Fetch"}


def fallbacks(run: FeedRun) -> str:
    """Which steps run under plain, as HTML for a heading; empty where none does."""
    return "".join(f"<span class='vb-flag' role='note'>⚠ {f.text(s)}</span>" for s in run.fallbacks.values())


def show(run: FeedRun) -> None:
    """Show the run's guarantee, then those of its steps."""
    body = f"<p>{fallbacks(run)}</p>" if run.fallbacks else ""
    body += plugins_said.note(run.stack, resources.registry())
    body += "<p><b>This run, by its weakest step</b></p>" + rows(run.guarantee)
    for step, guarantee in run.steps.items():
        body += f"<p style='margin-top:.6rem'><b>{_STEPS.get(step, f.text(step))} alone</b></p>" + rows(guarantee)
    st.html(f"<div class='vb'>{body}</div>")


def rows(guarantee: Guarantee) -> str:
    """A guarantee as HTML: each observer, then whose word it is."""
    note = f"<p class='vb-note'>Source: {f.text(guarantee.source)}. Adversary: {f.text(guarantee.adversary)}.</p>"
    return "".join(_row(t) for t in guarantee.towards) + note


def _row(towards: Towards) -> str:
    tone = "bad" if towards.strength == Strength.NONE else "good"
    name = towards.strength.name.lower().replace("_", " ")
    bits = f", {towards.security_bits} bits" if towards.security_bits else ""
    lines = [
        f"<p>Towards the {f.text(towards.observer)}: <span class='vb-chip {tone}'>{name}{bits}</span> "
        f"{f.text(towards.statement)}</p>"
    ]
    if towards.assumption:
        lines.append(f"<p class='vb-note'>Assumes: {f.text(towards.assumption)}</p>")
    if towards.leaks:
        items = "".join(f"<li>{f.text(leak)}</li>" for leak in towards.leaks)
        lines.append(f"<div class='vb-note'>Still leaks:<ul>{items}</ul></div>")
    return "".join(lines)
