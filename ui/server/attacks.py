"""Every attack on a workload's stack, begun by a button: what each reads, beside its control where it has one."""

import streamlit as st

from privacy.figures import Figure
from privacy.results import Metric
from privacy.services.evaluations import Evaluation
from privacy.stats import FINE
from privacy.words import FAILED_ATTACK
from ui.kit import attack, plot
from ui.kit.html import markup, render
from ui.server.view import View


def show(view: View) -> None:
    """The verdicts if they are there, progress if they are on the way, else the button."""
    attack.show(
        view.request, view.registry, verdicts=lambda result: _verdicts(view, result), begin=lambda: _offer(view)
    )


def _offer(view: View) -> None:
    leaks = [f.name for f in view.spec.figures if f.role == "leak"]
    if not leaks:
        st.html("<p class='vb vb-dim'>This workload has no attack of its own.</p>")
        return
    st.html(render("server/offer", leaks=leaks, people=view.spec.people))
    attack.offer("Attack this run", view.request, view.registry)


def _verdicts(view: View, result: Evaluation) -> None:
    rows = []
    for figure in view.spec.figures:
        metric = result.metric(figure.key)
        if figure.role == "leak" and metric is not None:
            rows.append(_row(figure, metric, result.metric(figure.control) if figure.control else None))
    st.html(
        render(
            "server/attacks",
            rows=rows,
            ends=markup(plot.ends()),
            caveat=FAILED_ATTACK,
            people=view.spec.people,
            measured_at=result.measured_at,
        )
    )


def _row(figure: Figure, metric: Metric, control: Metric | None) -> dict[str, object]:
    word, tone = word_of(metric)
    label = "Share" if metric.unit.startswith("share") else "Advantage"
    drawn = markup(plot.row(label, metric, control)) if metric.value is not None else ""
    return {
        "name": figure.column, "word": word, "tone": tone, "n": metric.n, "drawn": drawn, "caption": figure.caption,
        "note": metric.note,
    }  # fmt: skip


def word_of(metric: Metric) -> tuple[str, str]:
    """What an interval admits to say, and its tone."""
    if metric.value is None or metric.low is None:
        return "no value", "dim"
    if metric.value == metric.low == metric.high == 0:
        return "nothing to read", "good"
    if metric.low > 0:
        return "reads it", "bad"
    return ("at chance", "good") if metric.high is not None and metric.high <= FINE else ("too few to tell", "dim")
