"""The charts of a comparison, each with the sentences that say how to read it: for a page and for the report."""

from typing import Any

from privacy.compare.plan import Cell, Comparison
from privacy.figures import Figure, Figures
from privacy.plots import Chart, answers, bounds_of, costs, sweep, tradeoff
from privacy.spec import WorkloadSpec

ANSWER = "Bars are the answers of each stack with their 95% intervals; a red line is the truth of the whole file."


def _made(comparison: Comparison) -> list[tuple[Cell, dict[str, Any]]]:
    return [(c, r) for c, r in zip(comparison.cells, comparison.records, strict=True) if r and not r["failure"]]


def charts(comparison: Comparison, spec: WorkloadSpec) -> list[Chart]:
    """Privacy against utility for each attack with a tab of its own, the sweep if there is one, and cost."""
    plan, rows, figures = comparison.plan, comparison.rows(), Figures(spec.figures)
    utility = figures.utility
    leaks: tuple[Figure, ...] = figures.drawn or figures.of("leak")[:1]
    made = _made(comparison)
    found = answers([(c.label, r["settings"]) for c, r in made if not c.column], caption=ANSWER)
    for name, _ in plan.columns:
        here = [(c.request.stack, r["settings"]) for c, r in made if c.column == name]
        found += answers(here, caption=ANSWER, title=f"Answer of {name}")
    if utility is not None:
        found += [tradeoff(rows, utility=utility, attack=leak) for leak in leaks]
        if plan.sweep and leaks:
            found += sweep(rows, bounds_of(comparison), parameter=plan.sweep, utility=utility, attack=leaks[0])
    caption = f"{spec.spent} Logarithmic axes; {spec.spread}."
    return [*found, *costs(rows, figures.of("cost"), caption=caption)]
