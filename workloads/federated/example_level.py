"""What noise on the steps of devices promises one sentence: another unit than what noise on sums promises a device."""

from collections.abc import Sequence

from privacy.plugin import ParamError
from privacy.plugin.accounting import epsilon_of
from workloads.federated.options import FederatedOptions
from workloads.federated.plan import Plan

DELTA = 1e-5


def check(options: FederatedOptions) -> None:
    """ParamError for a model that is not trained with noise."""
    if options.example_noise > 0 and options.model != "words":
        text = f"noise on a device's steps works only for the model of words, and this is {options.model}"
        raise ParamError(text, then="leave example_noise at 0, or take a stack with noise")


def spent(plan: Plan, *, taken: Sequence[int]) -> float | None:
    """The epsilon, at DELTA, of one sentence of the device for which it is largest; `taken` are the rounds of each.

    Poisson sampling of batch / n in each step, neighbours with and without the sentence, by privacy loss distributions.
    That a device is in few rounds hides nothing: who is in one is known. None where the steps have no noise.
    """
    o = plan.options
    if o.example_noise == 0:
        return None
    most: dict[int, int] = {}
    for rows, rounds in zip(plan.found.rows, taken, strict=True):
        most[len(rows)] = max(rounds, most.get(len(rows), 0))
    found = [0.0]
    for count, rounds in most.items():
        steps = rounds * o.epochs * -(-count // o.batch)
        if steps:
            found.append(epsilon_of(o.example_noise, q=min(1.0, o.batch / count), rounds=steps, delta=DELTA))
    return max(found)


def statement(plan: Plan, *, taken: Sequence[int]) -> str:
    """One sentence for the page: what is promised, to whom, by which accountant."""
    whole, most = spent(plan, taken=taken), max(taken)
    within = "" if most == plan.options.rounds else f", of which a device is in {most} at most"
    return (
        f"Protects one sentence of a device from whoever reads its update: epsilon {whole:.3g}, delta {DELTA:g} for "
        f"all "
        f"{plan.options.rounds} rounds{within} (Poisson sampling of {plan.options.batch} a step, with or without the "
        "sentence, privacy loss distributions). It does not protect a device as a whole and is charged to no "
        "device's budget."
    )
