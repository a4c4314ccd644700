"""Aggregation under a stack: the parties are set up once, run one sum after another, and each sum is charged first."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import PLAINTEXT, RANDOMISED
from privacy.debugging import hear_from
from privacy.dishonest import Bend, bent
from privacy.dishonest import unchecked as without_checks
from privacy.errors import BoundaryError, ParamError, ProtocolAborted
from privacy.guarantees import Guarantee, Strength
from privacy.mechanism import PrivacyCost
from privacy.outputs import hear, sum_of
from privacy.primitives.aggregation import (
    AGGREGATOR,
    Aggregation,
    AggregationTask,
    Ints,
    Sum,
    contributor,
    flattened,
    unflattened,
)
from privacy.protocol import Faults, Outcome, Session
from privacy.randomiser import SumRandomiser, shared_noise, under_sum
from privacy.registry import Registry, Stack, load
from privacy.transports.base import Transport, seat_for

if TYPE_CHECKING:
    from privacy.services.releases import Purse

PRIMITIVE = "aggregation"


@dataclass(frozen=True)
class Shape:
    """The vectors of a sum: how many entries, the largest in steps, what a step is, and how many vectors at once.

    With `one_hot` k they are votes, k entries each. `weights` are public, one for each contributor.
    """

    length: int
    bound: int
    unit: float
    batch: int = 1
    one_hot: int = 0
    weights: tuple[int, ...] = ()


@dataclass(frozen=True)
class Release:
    """One sum: what the collector got, what each contributor sent, and how the run went."""

    sum: Sum
    sent: Mapping[Party, Ints]
    outcome: Outcome


class Summed(Protocol):
    """Anything that gives the shape of a sum's vectors: how many entries, the largest in steps, and what a step is."""

    @property
    def length(self) -> int: ...
    @property
    def bound(self) -> int: ...
    @property
    def unit(self) -> float: ...


class SumService:
    """One stack's aggregation for cohorts of `contributors` devices, set up once.

    `shaped` is the task with its batch, `task` that of the vectors end to end. Under a randomiser `carried` is what the
    carrier moves of it; otherwise they are the same. A device's batch is clipped and noised as one vector. Whatever is
    noised is charged to `purse` before it is drawn. `bends` are what dishonest devices send in place of their wires;
    `unchecked` are devices that hold their vectors to nothing, and noise nothing.
    """

    def __init__(
        self, shape: Summed, registry: Registry, stack: Stack, *, contributors: int, minimum: int, purse: "Purse",
        places: Mapping[str, Transport] | None = None, bends: Mapping[Party, Bend] | None = None,
        unchecked: Collection[Party] = (),
    ) -> None:  # fmt: skip
        if contributors < max(minimum, 1):
            raise ProtocolAborted(f"{contributors} devices are in the round and {minimum} are needed")
        made = registry.mechanism(stack.carrier, PRIMITIVE, stack.params)
        if not isinstance(made, Aggregation):
            raise BoundaryError(f"{stack.carrier.id}'s aggregation is not an Aggregation")
        self.mechanism: Aggregation = bent(made, bends) if bends else made
        if unchecked:
            self.mechanism = without_checks(self.mechanism, unchecked)
        self._unchecked = frozenset(unchecked)
        self._whose = stack.carrier.id
        self.randomiser = randomiser_of(registry, stack)
        self.shaped = self._task(shape, stack, contributors, minimum)
        self.task = self.shaped.flat
        self.carried = self.randomiser.carried(self.task) if self.randomiser else self.task
        noise = self.randomiser.central(self.task) if self.randomiser else None
        self._own: dict[Party, Any] = {} if noise is None else {AGGREGATOR: noise}
        self._purse, self._places = purse, places
        self._seated: Session[AggregationTask] | None = None

    def _task(self, shape: Summed, stack: Stack, contributors: int, minimum: int) -> AggregationTask:
        task = AggregationTask(
            contributors=contributors, length=shape.length, bound=shape.bound, minimum=minimum, unit=shape.unit,
            batch=getattr(shape, "batch", 1), one_hot=getattr(shape, "one_hot", 0),
            weights=getattr(shape, "weights", ()),
        )  # fmt: skip
        if self.randomiser is None or self.mechanism.central_noise or self.randomiser.local(task):
            return task
        return shared_noise(task, self.mechanism, colluders=int(getattr(stack.release_params, "colluders", 0)))

    @property
    def aggregators(self) -> tuple[Party, ...]:
        """The parties that add up."""
        return tuple(p for p in self.mechanism.parties(self.carried) if p.role == AGGREGATOR.role)

    @property
    def session(self) -> Session[AggregationTask]:
        """The seated parties; seated when they are first needed."""
        if self._seated is None:
            self._seated = Session(self.mechanism, self.carried, self._own, transports=self._places, payer=self._purse)
        return self._seated

    @property
    def guarantee(self) -> Guarantee:
        found = hear(lambda: self.mechanism.guarantee(self.carried), who=self._whose, what="its guarantee")
        return under_sum(self.randomiser, self.task, found) if self.randomiser else found

    @property
    def on_device(self) -> bool:
        """Whether devices add noise to what they send, each enough or each a share."""
        return self.repeats or (self.randomiser is not None and self.task.noise_shares > 0)

    @property
    def repeats(self) -> bool:
        """Whether a device may resend a released value, because its noise is enough by itself."""
        return self.randomiser is not None and self.randomiser.local(self.task)

    @property
    def cost(self) -> PrivacyCost | None:
        """What one release spends; None without noise."""
        return self.randomiser.price(self.task) if self.randomiser else None

    def deviation(self, *, contributors: int) -> float | None:
        """The standard deviation of the noise in each entry of a sum of so many, in steps: 0 without a randomiser.

        None where the randomiser does not say it.
        """
        return self.randomiser.deviation(self.task, contributors=contributors) if self.randomiser else 0.0

    def publish(self, channel: Channel) -> None:
        """Carry what the parties publish before the first run."""
        self.session.publish(channel)

    def randomised(self, vector: Ints, party: Party) -> Ints:
        """Runs on a device: what it sends in place of its vector; without a randomiser, the vector itself."""
        if self.randomiser is None or party in self._unchecked:
            return vector
        noised = hear_from(self.randomiser, "randomise", vector, seat_for(party, self.task, None))
        return np.asarray(noised, dtype=np.int64)

    def release(
        self, vectors: Mapping[Party, Ints], channel: Channel, *, silent: Mapping[Party, int] | None = None,
        faults: Faults | None = None, before: Mapping[Party, Ints] | None = None,
    ) -> Release:  # fmt: skip
        """One run: every device's vector, int64 (length,), or its batch (b, length), which is sent end to end.

        `silent` maps a device to the round from which it is silent; `faults` are others that the network does.
        `before` are values that devices which noise alone released in place of these vectors before: they are sent
        again, and where every device has one nothing is charged.

        ProtocolAborted where too few stay. Under a randomiser each call draws fresh noise: its cost is charged first,
        and BudgetError raised where there is too little left.
        """
        kept = before or {}
        if kept and not self.repeats:
            raise BoundaryError("a released value is sent again only where each device adds its own noise")
        if self.cost is not None and not vectors.keys() <= kept.keys():
            self._purse.charge(self.cost)
        exposure = RANDOMISED if self.on_device else PLAINTEXT
        sent, spent = {}, {}
        for party, vector in vectors.items():
            start = time.perf_counter()
            again = kept.get(party)
            sent[party] = self.randomised(flattened(self.shaped, vector), party) if again is None else again
            spent[party] = time.perf_counter() - start
        secrets = {party: Secret(value, owner=party, exposure=exposure) for party, value in sent.items()}
        outcome = self.session.run(secrets, channel, faults=replace(faults or Faults(), drops=dict(silent or {})))
        seconds = {party: taken + spent.get(party, 0.0) for party, taken in outcome.seconds.items()}
        return self._released(replace(outcome, seconds=seconds), sent)

    def gather(self, channel: Channel) -> Release:
        """One run of contributors who hold their vectors themselves, elsewhere: `sent` stays empty.

        ProtocolAborted where too few stay. ParamError under a randomiser: a device has to noise its own vector then.
        """
        if self.randomiser is not None:
            raise ParamError("contributors elsewhere noise no vectors here", then="choose a stack without noise")
        return self._released(self.session.run({}, channel), {})

    def _released(self, outcome: Outcome, sent: Mapping[Party, Ints]) -> Release:
        total = sum_of(self.carried, outcome.output, who=self._whose)
        return Release(unflattened(self.shaped, total), sent, outcome)

    def as_released(self, vectors: Ints) -> Ints | None:
        """What the collector would get of these vectors, (m, length), by an exact carrier, without any wire.

        The same clipping and noise as in a run; None where fewer than the minimum are summed. For attacks that need
        hundreds of sums: that the carrier is exact is measured in the run itself.
        """
        return None if len(vectors) < self.mechanism.threshold(self.task) else self.unguarded(vectors)

    def unguarded(self, vectors: Ints) -> Ints:
        """The same without the minimum: what would be released if nothing stopped it."""
        sent = [self.randomised(v, contributor(i)) for i, v in enumerate(vectors, start=1)]
        total = np.sum(np.stack(sent), axis=0, dtype=np.int64)
        noise = self._own.get(AGGREGATOR)
        if noise is not None:
            total = noise.add(total, seat_for(AGGREGATOR, self.task, noise))
        return np.asarray(total, dtype=np.int64)

    def close(self) -> None:
        """Drop all keys and end every party. A party that is needed again gets a new seat."""
        for endpoint in self._seated.endpoints.values() if self._seated else ():
            endpoint.forget()
            endpoint.close()
        self._seated = None


def most_simulated(stack: Stack) -> int:
    """How many contributors of a stack one machine simulates in about half a minute."""
    carrier = stack.carrier
    made = load(carrier.implements[PRIMITIVE], who=carrier.id, hint=carrier.install_hint)(stack.params)
    return max(2, int(getattr(made, "most_simulated", Aggregation.most_simulated)))


def reads_vectors(stack: Stack, shape: Summed, *, contributors: int) -> bool:
    """Whether whoever adds up reads single vectors, as the carrier's guarantee says."""
    carrier = stack.carrier
    made = load(carrier.implements[PRIMITIVE], who=carrier.id, hint=carrier.install_hint)(stack.params)
    task = AggregationTask(contributors=contributors, length=shape.length, bound=shape.bound, unit=shape.unit)
    towards = hear(lambda: made.guarantee(task), who=carrier.id, what="its guarantee").towards
    return any(t.observer.split("-")[0] == AGGREGATOR.name and t.strength is Strength.NONE for t in towards)


def randomiser_of(registry: Registry, stack: Stack) -> SumRandomiser | None:
    """The stack's randomiser of sums, if it has one."""
    if stack.randomiser is None:
        return None
    made = registry.randomiser(stack.randomiser, PRIMITIVE, stack.release_params)
    if not isinstance(made, SumRandomiser):
        raise BoundaryError(f"{stack.randomiser.id}'s aggregation is not a SumRandomiser")
    return made


def exact(vectors: Mapping[Party, Ints], included: Collection[int]) -> Ints:
    """The plain sum of the vectors of the included contributors, before any clipping or noise."""
    total = np.zeros(len(next(iter(vectors.values()))), dtype=np.int64)
    for index in included:
        total += vectors[contributor(index)]
    return total
