"""Who may label, and with how much weight: decided by gold that is opened, and by nothing else."""

from workloads.labeling.rounds.terms import QUALIFIED, REFUSED, Domain

ONE, TWO = 1, 2
_SURE_OF = 8
"""Gold questions that it takes to weigh two."""
_VERY_GOOD = 0.9


def gate_of(domain: Domain, *, seen: int, right: int, most: int) -> str:
    return QUALIFIED if seen >= 5 and right >= domain.threshold * seen else "qualifying"


def level_of(*, seen: int, right: int) -> int:
    """How much the votes of a qualified labeler count: twice for one who is very good on opened gold."""
    return TWO if seen >= _SURE_OF and right >= _VERY_GOOD * seen else ONE


def power_of(state: str, *, seen: int, right: int, domain: Domain) -> tuple[int, str]:
    """The voting power of a labeler, 0 to 2, and the reason in a sentence."""
    share = f"{right} of {seen} gold questions right"
    if state == REFUSED:
        return 0, f"{share}: below the {domain.threshold:.0%} of this domain."
    if state != QUALIFIED:
        return 0, f"{share}: not qualified yet." if seen else "No gold question answered yet."
    if level_of(seen=seen, right=right) == TWO:
        return TWO, f"{share}: very good, so a vote counts twice where a round weighs votes."
    return ONE, f"{share}: a vote counts once."
