"""What each scheme guarantees, towards whom, and what it does not hide."""

from backends.smpc.graph import chance
from backends.smpc.rules import Rules
from privacy.plugin import AggregationTask, Guarantee, Strength, Towards

BITS = 128
_SEEN = ("who took part, and who dropped out when", "the length of the vectors", "when messages were sent")
_SUM = "the sum itself, and all that it says of those in it"


def of_masks(rules: Rules) -> Guarantee:
    """The guarantee of the masked scheme under its plan."""
    plan, n = rules.plan, rules.n
    fewest = f"A sum of fewer than {rules.stay} of {n} contributions is never unmasked."
    aggregator = Towards(
        "aggregator", Strength.COMPUTATIONAL,
        f"The aggregator receives every vector under masks that cancel out only in the sum, which it reads. {fewest} "
        f"{_graph(rules)}",
        _assumption(rules), BITS, (_SUM, *_SEEN),
    )  # fmt: skip
    collector = Towards(
        "collector", Strength.COMPUTATIONAL,
        f"The collector receives the sum and the names of those in it, and no single vector. {fewest}",
        "the aggregator passes on the sum alone; together with the aggregator it learns no more than the aggregator",
        BITS, (_SUM, "who took part and who was refused"),
    )  # fmt: skip
    contributors = Towards(
        "contributor", Strength.COMPUTATIONAL,
        f"Contributors receive keys, shares and signatures. Up to {plan.colluding} of them together, even with the "
        "aggregator's help, learn of the others' vectors no more than their sum.",
        _assumption(rules), BITS, ("who took part, and who dropped out when",),
    )  # fmt: skip
    return Guarantee((aggregator, collector, contributors))


def _graph(rules: Rules) -> str:
    plan = rules.plan
    if plan.complete:
        return f"Each contributor shares masks with all others; {plan.threshold} shares give a secret back."
    return (
        f"Each contributor shares masks with {plan.neighbours} others, and {plan.threshold} shares give a secret back. "
        f"If {plan.colluding} of {plan.contributors} collude, chosen before the graph is drawn, some vector shows with "
        f"probability at most {chance(plan.exposed + plan.split)}; if {plan.contributors - plan.stay} drop out at "
        f"random, the run fails with probability at most {chance(plan.stuck)}."
    )


def _assumption(rules: Rules) -> str:
    plan = rules.plan
    hard = "Diffie-Hellman on Curve25519, AES-256 and HKDF-SHA256 hold"
    honest = f"the aggregator is semi-honest, helped by at most {plan.colluding} contributors"
    if not rules.task.identities:
        return (
            f"{hard}; {honest}. Identities come by way of the aggregator and are trusted on first use: one that hands "
            "out keys of its own making is not detected"
        )
    lying = 2 * plan.quorum - plan.contributors - 1
    if plan.complete:
        return (
            f"{hard}; {honest}. Identities were registered before, so with at most {lying} helpers an aggregator that "
            "names different survivors to different contributors gets no shares"
        )
    return (
        f"{hard}; {honest}. Identities were registered before, so an aggregator that names different survivors to "
        "different contributors gets no shares; one that chooses who drops out by the graph is not covered"
    )


def of_two_servers(task: AggregationTask) -> Guarantee:
    """The guarantee of additive shares to two servers."""
    apart = "the two servers do not collude, and neither reads the other's messages"
    server = "uniform modulo 2^32 - 5, and the sum of all such shares, which is uniform too."
    rows = [
        Towards(
            "aggregator-1", Strength.NON_COLLUSION,
            f"The first server receives one share of every vector, {server}",
            f"{apart}; AES-256 and HKDF-SHA256 hold; both are semi-honest", BITS, _SEEN,
        ),
        Towards(
            "aggregator-2", Strength.NON_COLLUSION,
            "The second server receives a random seed from every contributor, which was drawn without its vector.",
            f"{apart}; both are semi-honest", None, _SEEN,
        ),
        Towards(
            "collector", Strength.NON_COLLUSION,
            "The collector receives two shares of the sum and who is in it. "
            f"A sum of fewer than {task.minimum} of {task.contributors} contributions is never released.",
            "the collector and neither server collude beyond the two sums that it is sent",
            None, (_SUM, "who took part and who was refused"),
        ),
    ]  # fmt: skip
    return Guarantee(tuple(rows))


def of_prio3(task: AggregationTask) -> Guarantee:
    """The guarantee of Prio3 (draft-irtf-cfrg-vdaf-20, section 9)."""
    apart = "the two servers do not collude, and neither reads the other's messages"
    honest = f"{apart}; TurboSHAKE128 behaves as a random oracle; both are semi-honest"
    seen = (*_SEEN, "on which of the questions it voted") if task.one_hot else _SEEN
    valid = (
        "one vote on each of the questions it names"
        if task.one_hot
        else f"whole numbers of at most {task.bound} in absolute value"
    )
    rows = [
        Towards(
            "aggregator-1", Strength.NON_COLLUSION,
            "The first server receives one share of every input and of a proof that it is valid: uniform elements of a "
            "prime field of 128 bits. It learns of each input that it is valid, and no more.",
            honest, BITS, seen,
        ),
        Towards(
            "aggregator-2", Strength.NON_COLLUSION,
            "The second server receives random seeds from every contributor. It learns of each input that it is valid, "
            "and no more.",
            honest, BITS, seen,
        ),
        Towards(
            "collector", Strength.NON_COLLUSION,
            "The collector receives two shares of the sum and who is in it. "
            f"A sum of fewer than {task.minimum} of {task.contributors} contributions is never released. While both "
            f"servers are honest, no contributor adds more than {valid}.",
            "the collector and neither server collude beyond the two sums that it is sent",
            None, (_SUM, "who took part and who was refused"),
        ),
    ]  # fmt: skip
    return Guarantee(tuple(rows))
