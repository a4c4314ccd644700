"""The plots of a comparison, each with the sentences that say how to read it: for a page and for the report."""

from dataclasses import dataclass

from privacy.compare.plan import Comparison
from privacy.export.told import cost_keys, told, workload_of
from privacy.plots import bounds_of, costs, sweep, tradeoff


@dataclass(frozen=True)
class Drawn:
    """One plot: its name on a tab, its title, the `<svg>`, and a caption in plain text."""

    tab: str
    title: str
    svg: str
    caption: str


def drawn(comparison: Comparison) -> list[Drawn]:
    """Privacy against utility for each attack that the workload draws, the sweep if there is one, and cost."""
    plan, workload, rows = comparison.plan, workload_of(comparison.plan), comparison.rows()
    words = told(workload)
    found = [
        Drawn(view.tab, view.title, tradeoff(rows, utility=workload.accuracy, attack=view.attack), view.caption)
        for view in words.views
    ]
    if plan.sweep:
        svg = sweep(
            rows, bounds_of(comparison), parameter=plan.sweep, utility=workload.accuracy, attack=workload.attack
        )
        caption = "An axis holds one unit of privacy only: a value of epsilon says nothing without what it counts for."
        found.append(Drawn(f"By {plan.sweep}", f"By {plan.sweep}", svg, caption))
    keys = cost_keys(workload)
    times = [k for k in keys if k.endswith("_seconds")]
    svg = costs(rows, sent=[k for k in keys if k not in times], times=times, heads=words.costs)
    return [*found, Drawn("Cost", "Cost", svg, f"Logarithmic axes; {words.spread}.")]
