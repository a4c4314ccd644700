"""Who may label, and with how much weight: decided by gold that is opened, and by nothing else."""

import numpy as np

from workloads.labeling.consensus.levels import LEVELS, levels_from
from workloads.labeling.rounds.terms import QUALIFIED, REFUSED, Domain


def gate_of(domain: Domain, *, seen: int, right: int, most: int) -> str:
    return QUALIFIED if seen >= 5 and right >= domain.threshold * seen else "qualifying"


def power_of(state: str, *, seen: int, right: int, domain: Domain) -> tuple[int, str]:
    """The voting power of a labeler, 0 to 2, and the reason in a sentence."""
    share = f"{right} of {seen} gold questions right"
    if state == REFUSED:
        return 0, f"{share}: below the {domain.threshold:.0%} of this domain."
    if state != QUALIFIED:
        return 0, f"{share}: not qualified yet." if seen else "No gold question answered yet."
    level = int(levels_from(np.array([seen]), np.array([float(right)]))[0])
    if level == LEVELS[1]:
        return level, f"{share}: good enough that a vote counts twice, where a round weighs votes."
    return level, f"{share}: a vote counts once."
