"""Aggregation by secret sharing: the schemes behind one mechanism."""

from collections.abc import Iterator, Sequence

from backends.smpc import promises
from backends.smpc.aggregator import Aggregator
from backends.smpc.collector import Collector
from backends.smpc.contributor import Contributor
from backends.smpc.formats import read_shares
from backends.smpc.plugin import AUTOMATIC, MASKS, PRIO3, TWO_SERVERS, SmpcParams
from backends.smpc.prio3.roles import Ballot, Helper, Leader, Unsharder, Voter
from backends.smpc.prio3.shown import shown_reports
from backends.smpc.rules import Rules
from backends.smpc.shamir import PRIME, element
from backends.smpc.shown import masked_vectors, padded_vectors
from backends.smpc.two_servers import SERVERS, Adder, Expander, Joiner, Splitter, check_task
from privacy.plugin import (
    AGGREGATOR,
    COLLECTOR,
    Aggregation,
    AggregationTask,
    Guarantee,
    KnownAnswer,
    KnownRun,
    Message,
    Party,
    Role,
    Seat,
    SharedSecret,
)

_ROUNDS = {MASKS: 11, TWO_SERVERS: 7, PRIO3: 6}
_SIMULATED = {AUTOMATIC: 200, MASKS: 200, TWO_SERVERS: 100_000, PRIO3: 2000}


class SmpcAggregation(Aggregation):
    """Masks (Bonawitz et al. 2017, Bell et al. 2020), additive shares to two servers, or Prio3 (the IRTF's draft)."""

    streamed = frozenset({"masked", "share", "report"})

    def __init__(self, params: SmpcParams | None = None) -> None:
        super().__init__(params or SmpcParams())
        self.most_simulated = _SIMULATED[self.params.scheme]
        self.aggregators = SERVERS if self.params.scheme in (TWO_SERVERS, PRIO3) else (AGGREGATOR,)

    def scheme(self, task: AggregationTask) -> str:
        """The scheme of this sum: where the parameter leaves it open, votes are proved and all else is masked."""
        if self.params.scheme != AUTOMATIC:
            return str(self.params.scheme)
        return PRIO3 if task.one_hot else MASKS

    def _rules(self, task: AggregationTask) -> Rules:
        return Rules.of(task, neighbours=self.params.neighbours)

    def contributor(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        scheme = self.scheme(seat.task)
        if scheme == MASKS:
            return Contributor(seat, self._rules(seat.task))
        return Voter(seat) if scheme == PRIO3 else Splitter(seat)

    def aggregator(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        scheme = self.scheme(seat.task)
        if scheme == MASKS:
            return Aggregator(seat, self._rules(seat.task))
        first, second = (Leader, Helper) if scheme == PRIO3 else (Adder, Expander)
        return first(seat) if seat.party == SERVERS[0] else second(seat)

    def collector(self, seat: Seat[AggregationTask]) -> Role[AggregationTask]:
        scheme = self.scheme(seat.task)
        if scheme == MASKS:
            return Collector(seat, self._rules(seat.task))
        return Unsharder(seat) if scheme == PRIO3 else Joiner(seat)

    def parties(self, task: AggregationTask) -> tuple[Party, ...]:
        """All parties; ParamError for a task that the scheme cannot serve."""
        self._check(task)
        aggregators = (AGGREGATOR,) if self.scheme(task) == MASKS else SERVERS
        return (*task.roster, *aggregators, COLLECTOR)

    def _check(self, task: AggregationTask) -> None:
        scheme = self.scheme(task)
        if scheme == MASKS:
            self._rules(task)
        elif scheme == PRIO3:
            Ballot.of(task)
        else:
            check_task(task)

    def rounds(self, task: AggregationTask) -> int:
        return _ROUNDS[self.scheme(task)]

    def threshold(self, task: AggregationTask) -> int:
        return self._rules(task).stay if self.scheme(task) == MASKS else task.minimum

    def shared_secrets(self, task: AggregationTask, messages: Sequence[Message]) -> Iterator[SharedSecret]:
        """What survivors answered with: their shares of each contributor's self-mask seed, or of its mask key."""
        if self.scheme(task) != MASKS:
            return
        rules = self._rules(task)
        found: dict[int, dict[int, int]] = {}
        for m in (m for m in messages if m.kind == "unmasking" and m.sender.index):
            for dealer, share in read_shares(m.sample, n=rules.n, dealers=range(1, rules.n + 1)).items():
                found.setdefault(dealer, {})[m.sender.index or 0] = element(share)
        for dealer, shares in found.items():
            yield SharedSecret(f"contributor-{dealer}'s secret", shares, rules.plan.threshold, PRIME)

    def known_answers(self, task: AggregationTask, messages: Sequence[Message], run: KnownRun) -> Iterator[KnownAnswer]:
        """All masks of the masked scheme, the pads of additive shares, and the shares, proofs and seeds of Prio3."""
        if self.scheme(task) == MASKS:
            yield from masked_vectors(self._rules(task), messages, run)
        elif self.scheme(task) == TWO_SERVERS:
            yield from padded_vectors(task, messages, run)
        else:
            yield from shown_reports(task, messages, run)

    def guarantee(self, task: AggregationTask) -> Guarantee:
        self._check(task)
        scheme = self.scheme(task)
        if scheme == MASKS:
            return promises.of_masks(self._rules(task))
        return promises.of_prio3(task) if scheme == PRIO3 else promises.of_two_servers(task)
