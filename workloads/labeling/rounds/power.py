"""Who may label, and with how much weight: decided by gold that is opened, and by nothing else."""

import numpy as np

from workloads.labeling.consensus.levels import LEVELS, levels_from
from workloads.labeling.gate.qualify import ACCEPT, CONTINUE, REJECT, Sprt
from workloads.labeling.rounds.terms import CLASSES, QUALIFIED, QUALIFYING, REFUSED, Domain

_BELOW = 0.25
"""How far below the threshold whoever is refused must look to be."""
_MOST = 30
"""Gold questions of one labeler in one domain."""


def gate_of(domain: Domain, *, seen: int, right: int, most: int) -> str:
    """The state of a labeler after so many gold questions of a domain, of which there are `most`.

    Wald's sequential test between the domain's threshold and a quarter below it; at the end of the questions the
    likelier of the two decides.
    """
    guess = 1 / len(domain.classes) if domain.kind == CLASSES else 0.0
    bad = max(domain.threshold - _BELOW, guess + 0.05)
    test = Sprt(poor=bad, good=max(domain.threshold, bad + 0.1), most=max(1, min(most, _MOST)))
    verdict = test.after(right=right, seen=seen).verdict
    return {ACCEPT: QUALIFIED, REJECT: REFUSED, CONTINUE: QUALIFYING}[verdict]


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
