"""What noise on the steps of devices promises one sentence: another unit than what noise on sums promises a device."""

from privacy.plugin import ParamError
from privacy.plugin.accounting import epsilon_of
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import Plan

DELTA = 1e-5


def check(options: FederatedOptions) -> None:
    """ParamError for a model that is not trained with noise."""
    if options.example_noise > 0 and options.model != "words":
        text = f"noise on the steps of devices is for the model of words, and this is {options.model}"
        raise ParamError(text, then="leave example_noise at 0, or take a stack with noise")


def spent(plan: Plan, *, rounds: int) -> float | None:
    """The epsilon, at DELTA, of one sentence after so many rounds: of the device for which it is largest.

    Poisson sampling of batch / n in each step, neighbours with and without the sentence, by privacy loss distributions.
    None where the steps have no noise.
    """
    o = plan.options
    if o.example_noise == 0:
        return None
    found = set()
    for count in {len(rows) for rows in plan.found.rows}:
        steps = rounds * o.epochs * -(-count // o.batch)
        share = min(1.0, o.batch / count)
        found.add(epsilon_of(o.example_noise, q=share, rounds=steps, delta=DELTA))
    return max(found)


def statement(plan: Plan) -> str:
    """One sentence for the page: what is promised, to whom, by which accountant."""
    whole = spent(plan, rounds=plan.options.rounds)
    return (
        f"One sentence of a device, whoever reads its update: epsilon {whole:.3g}, delta {DELTA:g} for all "
        f"{plan.options.rounds} rounds (Poisson sampling of {plan.options.batch} a step, with or without the sentence, "
        "privacy loss distributions). It protects no device as a whole, and is charged to no budget of one."
    )
