"""The check of what a carrier charges for a differential claim: each run of it, and all runs of a person together."""

import math

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.boundary.wire import Exposure
from privacy.errors import VeilbenchError
from privacy.guarantees import OutputPrivacy, Strength
from privacy.protocol import cost_of
from privacy.services.accounting import MICRO, converted, micro_up, price_of
from privacy.testing.bench import Bench, CheckResult, Sitting
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
    cost, found = cost_of(bench.mechanism, bench.case.task), list[str]()
    messages = Sitting(bench).run(bench.case.x0, newcomers=True)[1].messages
    sent = [m for m in messages if m.sender in bench.case.holders]
    bounded = [(b, min(o.members)) for o in alone if (b := bounds.get(o.name))]
    found += [fault for bound, party in bounded for fault in _unlike_the_release(bound, party, sent)]
    try:
        price_of(cost)
    except VeilbenchError as error:
        return CheckResult("charged", title, False, str(error))
    declared = max((b.epsilon for b in bounds.values() if b), default=0.0)
    if cost.free:
        found.append(f"epsilon {declared:g} is declared and nothing is charged for it")
    for bound in (b for b in bounds.values() if b):
        if cost.epsilon < bound.epsilon and (not bound.delta or not cost.rho):
            found.append(f"epsilon {cost.epsilon:g} is charged for a bound of {bound.epsilon:g}")
        elif cost.epsilon < bound.epsilon or not math.isfinite(cost.epsilon):
            covered = converted(micro_up(cost.rho), delta=bound.delta) / MICRO if bound.delta else 0.0
            if covered < bound.epsilon:
                found.append(f"rho {cost.rho:g} is charged, too little for epsilon {bound.epsilon:g}")
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


def _unlike_the_release(bound: OutputPrivacy, party: Party, sent: list[Message]) -> list[str]:
    """What a bound says of itself that its release is not: noise that a holder adds is local, of a named unit."""
    words = {w: str(getattr(bound, w)) for w in ("unit", "neighbours", "model", "accountant")}
    found = [f"the {w} of the bound towards {party} is not named" for w, text in words.items() if not text.strip()]
    randomised = any(m.exposure == Exposure.RANDOMISED and party in (m.receiver, m.via) for m in sent)
    if randomised and bound.model != "local":
        found.append(f"{party} is sent what its holder randomised, and the model is said to be {bound.model!r}")
    return found
