"""The privacy ledger: what a person's releases have spent of the budget of this period, and what is left."""

import math

import streamlit as st

from privacy.guarantees import OutputPrivacy
from privacy.registry import Registry
from privacy.request import OWN
from privacy.services.ledger import Balance, Spent
from privacy.services.releases import account
from ui.kit import format as f
from ui.kit.tiles import strip, tile
from workloads.fyp.book import FeedBook
from workloads.fyp.feed import FeedRun
from workloads.fyp.panels.state import Settings

_RULES = {"pure": "the sum of pure epsilons", "zCDP": "zCDP: rho summed, then turned into epsilon"}


def applies(settings: Settings, registry: Registry) -> bool:
    """Whether anything shown is released under a randomiser, and so charged."""
    stacks = [s for s in (settings.stack, settings.prev) if s]
    return any(one.kind == "randomiser" for s in stacks for one in registry.members(s))


def show(settings: Settings, runs: list[FeedRun], book: FeedBook) -> None:
    """The viewer's account; for a persona, with the way to empty it."""
    now = account(settings.user)
    own = settings.user == OWN
    period = now.budget.period
    st.html(
        f"<div class='vb vb-box'>{strip(_tiles(now, period))}<p class='vb-note' style='margin-top:.4rem'>"
        f"{_sums(now)} {_meaning(runs)} A feed asked for again sends the same released value and costs nothing. "
        f"{_whose(settings.user, own)}</p></div>"
    )
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
        f"at δ {now.budget.delta:g}. Each holds by itself; the smaller counts."
    )


def _meaning(runs: list[FeedRun]) -> str:
    """What one unit of it protects, in the words of the randomisers shown."""
    bounds: list[OutputPrivacy] = [
        bound
        for run in runs
        if (bound := next((t.output for g in run.steps.values() for t in g.towards if t.output), None)) is not None
    ]
    said = dict.fromkeys(f"Unit: {f.text(b.unit)}; neighbours: {f.text(b.neighbours)}." for b in bounds)
    return " ".join(said)


def _whose(user: str, own: bool) -> str:
    if own:
        return "This is your own ledger: it stays on this device, and <b>nothing resets it</b>."
    return f"This is {f.text(user.capitalize())}'s demo ledger: simulated people may be reset."


def _count(spent: Spent) -> str:
    return f"{spent.charges} release{'' if spent.charges == 1 else 's'}"


def _figure(value: float) -> str:
    return "–" if math.isinf(value) else f"{value:.4g}"
