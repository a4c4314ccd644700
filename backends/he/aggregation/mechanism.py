"""HE aggregation: contributors encrypt to the collector, the aggregator adds, the collector decrypts the sum alone."""

from collections.abc import Iterator, Sequence

from backends.he.aggregation.flooding import distinguishing_bits
from backends.he.aggregation.noise import FAILURE_BITS
from backends.he.aggregation.plan import CKKS, SumPlan, sum_plan
from backends.he.aggregation.roles import CONTRIBUTION, HeAggregator, HeCollector, HeContributor
from backends.he.aggregation.shown import drawn_numbers
from backends.he.plugin import HeParams
from privacy.plugin import (
    COLLECTOR,
    Aggregation,
    AggregationTask,
    Guarantee,
    KnownAnswer,
    KnownRun,
    Message,
    Party,
    Seat,
    Strength,
    Towards,
)


class HeAggregation(Aggregation):
    """Sums under BFV (exact) or CKKS (approximate, noise-flooded); one key pair, fresh for each session.

    A randomiser's noise only widens the task's bound. What a ciphertext holds cannot be checked by who adds it: that an
    entry keeps to the bound rests on the contributor's device.
    """

    streamed = frozenset({CONTRIBUTION})
    most_simulated = 10_000

    def __init__(self, params: HeParams | None = None) -> None:
        super().__init__(params or HeParams())

    def plan(self, task: AggregationTask) -> SumPlan:
        """Parameters and errors for this task, the same for all parties; ParamError when none fit."""
        params: HeParams = self.params
        return sum_plan(
            task, scheme=params.sum_scheme, flooding_bits=params.flooding_bits, releases=params.sum_releases
        )

    def contributor(self, seat: Seat[AggregationTask]) -> HeContributor:
        return HeContributor(seat, self.plan(seat.task))

    def aggregator(self, seat: Seat[AggregationTask]) -> HeAggregator:
        return HeAggregator(seat, self.plan(seat.task))

    def collector(self, seat: Seat[AggregationTask]) -> HeCollector:
        return HeCollector(seat, self.plan(seat.task), releases=self.params.sum_releases)

    def key_holder(self, task: AggregationTask) -> Party:
        return COLLECTOR

    def known_answers(self, task: AggregationTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
        """The secret key and all errors of a test run."""
        return drawn_numbers(self.plan(task), task, messages, run)

    def tolerance(self, task: AggregationTask) -> float:
        """In steps: every entry of a sum is nearer to the exact one, but with probability 2^-FAILURE_BITS."""
        return float(self.plan(task).tolerance)

    def guarantee(self, task: AggregationTask) -> Guarantee:
        plan = self.plan(task)
        parted = "the aggregator and the collector do not collude, and both are semi-honest"
        aggregator = Towards(
            "aggregator",
            Strength.COMPUTATIONAL,
            f"The aggregator receives every vector only as {plan.scheme.upper()} ciphertexts ({plan.preset.name}). "
            + self._released(plan),
            assumption=f"ring learning with errors is hard at {plan.preset.name}; {parted}",
            security_bits=plan.preset.security_bits,
            leaks=("who took part, and when", "the length of the vectors, which is public"),
        )
        collector = Towards(
            "collector",
            Strength.NON_COLLUSION,
            "Only the collector holds the key, and it receives only the encrypted sum. Together with the aggregator "
            "it could read every vector.",
            assumption=parted,
            leaks=("the sum", "who took part and who was refused"),
        )
        return Guarantee((aggregator, collector))

    def _released(self, plan: SumPlan) -> str:
        """What holds when the sum is published (IND-CPA-D): the aggregator then knows ciphertexts and decryption."""
        if plan.scheme == CKKS:
            bits, sums = self.params.flooding_bits, self.params.sum_releases
            return (
                f"Before a sum is released the collector floods it with Gaussian noise of statistical parameter {bits} "
                f"for up to {sums} sums of one key, so that published sums do not help it (IND-CPA-D; as a distance "
                f"at most 2^-{distinguishing_bits(bits):.1f})."
            )
        # Published decryptions of an exact scheme show nothing as long as each is right: Checri, Sirdey, Boudguiga
        # and Bultel (CRYPTO 2024) and Cheon et al. (CCS 2024) attack those that may be wrong.
        return (
            "Decryption is exact, so a published sum shows nothing of the error (IND-CPA-D), except with probability "
            f"2^-{FAILURE_BITS} for a sum."
        )
