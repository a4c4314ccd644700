"""Who is in a round, and in how many rounds each device has been."""

from collections.abc import Sequence

import numpy as np

from privacy.plugin import ProtocolAborted
from privacy.plugin.running import drawn
from workloads.federated.plan import Plan


def cohort(plan: Plan, *, noised: bool, seed: int, index: int) -> list[int]:
    """The devices of a round, by number. ProtocolAborted where they are too few."""
    o = plan.options
    return drawn(plan.devices, share=o.share, minimum=o.minimum, noised=noised, seed=f"cohort {seed} {index}")


def taken(plan: Plan, *, noised: bool, seed: int, rounds: int) -> Sequence[int]:
    """In how many of so many rounds each device is: in all of them, where who takes part is drawn in secret."""
    if noised or plan.options.share == 1.0:
        return [rounds] * plan.devices
    found = np.zeros(plan.devices, dtype=np.int64)
    try:
        for index in range(1, rounds + 1):
            found[cohort(plan, noised=False, seed=seed, index=index)] += 1
    except ProtocolAborted:  # the training ends there
        pass
    return [int(one) for one in found]
