"""The check of what a carrier charges for a differential claim: each run of it, and all runs of a person together."""

from privacy.errors import VeilbenchError
from privacy.guarantees import Strength
from privacy.protocol import cost_of
from privacy.services.accounting import price_of
from privacy.testing.bench import Bench, CheckResult
from privacy.testing.checks.linked import bounded_for_long, changing
from privacy.testing.game import observers


def check_charged(bench: Bench) -> CheckResult:
    """A differential claim is charged in every run, as much as it says; one for a person holds for all of its runs.

    Noise that is drawn anew in every run spends anew: then the bound is that of one run, and its unit must say so.
    """
    title = "a differential claim is charged, run by run"
    alone = [o for o in observers(bench.mechanism, bench.case) if not o.silent and len(o.members) == 1]
    bounds = {o.name: o.claim.output for o in alone if o.claim and o.claim.strength == Strength.DIFFERENTIAL}
    if not bounds:
        return CheckResult("charged", title, None, "nothing differential is claimed, and nothing is charged")
    cost, found = cost_of(bench.mechanism, bench.case.task), []
    try:
        price_of(cost)
    except VeilbenchError as error:
        return CheckResult("charged", title, False, str(error))
    declared = max((b.epsilon for b in bounds.values() if b), default=0.0)
    if cost.free:
        found.append(f"epsilon {declared:g} is declared and nothing is charged for it")
    elif cost.epsilon < declared and not cost.rho:
        found.append(f"epsilon {cost.epsilon:g} is charged for a bound of {declared:g}")
    watchers = bounded_for_long(bench.mechanism, bench.case)
    if watchers and changing(bench, watchers)[0]:
        units = sorted({o.claim.output.unit for o in watchers if o.claim and o.claim.output})
        found.append(
            f"the bound is for one {units[0]}, and every run sends other noise: two runs spend twice as much; send the "
            "first value again, or name one run as the unit"
        )
    spent = f"epsilon {cost.epsilon:g} and rho {cost.rho:g}"
    fine = f"{spent} charged for every run, under a bound of {declared:g}"
    return CheckResult("charged", title, not found, "; ".join(found) or fine)
