"""The privacy ledger: what a person's releases have spent of the budget of this period, and what is left."""

import math

import streamlit as st

from privacy.plugin import Account, OutputPrivacy
from privacy.plugin.host import Balance, RoundBook, Spent, balance
from privacy.plugin.running import Registry
from ui.kit.html import markup, render
from ui.kit.tiles import strip, tile
from workloads.fyp.options import OWN
from workloads.fyp.panels.state import Settings
from workloads.fyp.round import FeedRound

_RULES = {"pure": "sum of pure epsilons", "zCDP": "zCDP: rho summed, then turned into epsilon"}


def applies(settings: Settings, registry: Registry) -> bool:
    """Whether anything shown is released under a randomiser, and so charged."""
    stacks = [s for s in (settings.stack, settings.prev) if s]
    return any(one.kind == "randomiser" for s in stacks for one in registry.members(s))


def show(settings: Settings, runs: list[FeedRound], book: RoundBook) -> None:
    """The viewer's account; for a persona, with the way to empty it."""
    user = settings.options.user
    own = user == OWN
    now = balance(Account(user, simulated=not own))
    period = now.budget.period
    st.html(
        render(
            "fyp/panels/ledger", tiles=markup(strip(_tiles(now, period))), sums=_sums(now), bounds=_bounds(runs),
            user=user.capitalize(), own=own,
        )
    )  # fmt: skip
    # A person's own releases stay released, so their ledger has no such button.
    if not own and st.button("Reset demo"):
        book.reset_demo()
        st.rerun()


def _tiles(now: Balance, period: str) -> list[str]:
    rule = _RULES[now.spent.which] if now.spent.charges else "nothing was released"
    spent = "Spent today" if period == "day" else f"Spent this {period}"
    return [
        tile(spent, f"ε {_figure(now.bound)}", f"{_count(now.spent)} · {rule}"),
        tile("Left", f"ε {_figure(now.remaining)}", f"of ε {now.budget.epsilon:g} at δ {now.budget.delta:g}"),
        tile("Frees on", f"{now.end}", "UTC, when the next period begins"),
        tile("Lifetime total", f"ε {_figure(now.lifetime.bound)}", f"{_count(now.lifetime)} · never freed"),
    ]


def _sums(now: Balance) -> str:
    spent = now.spent
    pure = "no pure bound" if math.isinf(spent.epsilon) else f"pure ε {_figure(spent.epsilon)}"
    return (
        f"Two bounds are kept, both rounded up: {pure}, and ρ {spent.rho:.4g}, which is ε {_figure(spent.converted)} "
        f"at δ {now.budget.delta:g}. Each bound holds by itself; the smaller one counts."
    )


def _bounds(runs: list[FeedRound]) -> list[OutputPrivacy]:
    """What one unit of it protects, in the words of the randomisers shown, each once."""
    bounds: list[OutputPrivacy] = [
        bound
        for run in runs
        if (bound := next((t.output for g in run.steps.values() for t in g.towards if t.output), None)) is not None
    ]
    return list({(b.unit, b.neighbours): b for b in bounds}.values())


def _count(spent: Spent) -> str:
    return f"{spent.charges} release{'' if spent.charges == 1 else 's'}"


def _figure(value: float) -> str:
    return "–" if math.isinf(value) else f"{value:.4g}"
