"""A survey's deployment: the parties of one stack's aggregation, one round after another."""

import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from privacy.boundary.channel import Channel
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import PLAINTEXT, RANDOMISED
from privacy.errors import BoundaryError, ProtocolAborted
from privacy.guarantees import Guarantee
from privacy.mechanism import PrivacyCost
from privacy.outputs import asked, sum_of
from privacy.primitives.aggregation import AGGREGATOR, Aggregation, AggregationTask, Ints, Sum, contributor
from privacy.protocol import Faults, Outcome, Session
from privacy.randomiser import SumRandomiser, shared_noise, under_sum
from privacy.registry import Registry, Stack
from privacy.transports.base import Transport, seat_for
from workloads.survey.questions import Survey

STEP = "aggregation"


@dataclass(frozen=True)
class Shape:
    """The vectors of a sum: how many entries, the largest in steps, and what a step is."""

    length: int
    bound: int
    unit: float


@dataclass(frozen=True)
class Release:
    """One round: what the collector got, what each device sent, and how the run went."""

    sum: Sum
    sent: Mapping[Party, Ints]
    outcome: Outcome


class Deployment:
    """One stack's aggregation for cohorts of `contributors` devices, set up once.

    Under a randomiser `task` is the survey's own and `carried` what the carrier moves; otherwise they are the same.
    """

    def __init__(
        self, shape: Survey | Shape, registry: Registry, stack: Stack, *, contributors: int, minimum: int,
        transports: Mapping[str, Transport] | None = None,
    ) -> None:  # fmt: skip
        if contributors < max(minimum, 1):
            raise ProtocolAborted(f"{contributors} devices are in the round and {minimum} are needed")
        made = registry.mechanism(stack.carrier, STEP, stack.params)
        if not isinstance(made, Aggregation):
            raise BoundaryError(f"{stack.carrier.id}'s aggregation is not an Aggregation")
        self.mechanism: Aggregation = made
        self._whose = stack.carrier.id
        self.randomiser = randomiser_of(registry, stack)
        self.task = self._task(shape, stack, contributors, minimum)
        self.carried = self.randomiser.carried(self.task) if self.randomiser else self.task
        noise = self.randomiser.central(self.task) if self.randomiser else None
        self._own: dict[Party, Any] = {} if noise is None else {AGGREGATOR: noise}
        self._transports = transports
        self._seated: Session[AggregationTask] | None = None

    def _task(self, shape: Survey | Shape, stack: Stack, contributors: int, minimum: int) -> AggregationTask:
        task = AggregationTask(
            contributors=contributors, length=shape.length, bound=shape.bound, minimum=minimum, unit=shape.unit
        )
        if self.randomiser is None or self.mechanism.central_noise:
            return task
        return shared_noise(task, self.mechanism, colluders=int(getattr(stack.release_params, "colluders", 0)))

    @property
    def session(self) -> Session[AggregationTask]:
        """The seated parties; seated when they are first needed."""
        if self._seated is None:
            self._seated = Session(self.mechanism, self.carried, self._own, transports=self._transports)
        return self._seated

    @property
    def guarantee(self) -> Guarantee:
        found = asked(lambda: self.mechanism.guarantee(self.carried), who=self._whose, what="its guarantee")
        return under_sum(self.randomiser, self.task, found) if self.randomiser else found

    @property
    def cost(self) -> PrivacyCost | None:
        """What one release spends; None where nothing is noised."""
        return self.randomiser.cost(self.task) if self.randomiser else None

    def publish(self, channel: Channel) -> None:
        """Carry what the parties publish before the first run."""
        self.session.publish(channel)

    def randomised(self, vector: Ints, party: Party) -> Ints:
        """Runs on a device: what it sends in place of its vector; without a randomiser, the vector itself."""
        if self.randomiser is None:
            return vector
        return np.asarray(self.randomiser.randomise(vector, seat_for(party, self.task, None)), dtype=np.int64)

    def release(
        self, vectors: Mapping[Party, Ints], channel: Channel, *, silent: Mapping[Party, int] | None = None
    ) -> Release:
        """One run: every device's vector, int64 (length,); `silent` maps a device to the round from which it is silent.

        ProtocolAborted where too few stay. Under a randomiser each call draws fresh noise: the host charges it first.
        """
        exposure = RANDOMISED if self.task.noise_shares else PLAINTEXT
        sent, spent = {}, {}
        for party, vector in vectors.items():
            start = time.perf_counter()
            sent[party] = self.randomised(vector, party)
            spent[party] = time.perf_counter() - start
        secrets = {party: Secret(value, owner=party, exposure=exposure) for party, value in sent.items()}
        outcome = self.session.run(secrets, channel, faults=Faults(drops=dict(silent or {})))
        seconds = {party: taken + spent.get(party, 0.0) for party, taken in outcome.seconds.items()}
        total = sum_of(self.carried, outcome.output, who=self._whose)
        return Release(total, sent, replace(outcome, seconds=seconds))

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
        """Drop all keys and let every party go; whoever is needed again is seated anew."""
        for endpoint in self._seated.endpoints.values() if self._seated else ():
            endpoint.forget()
            endpoint.close()
        self._seated = None


def randomiser_of(registry: Registry, stack: Stack) -> SumRandomiser | None:
    """The stack's randomiser of sums, if it has one."""
    if stack.randomiser is None:
        return None
    made = registry.randomiser(stack.randomiser, STEP, stack.release_params)
    if not isinstance(made, SumRandomiser):
        raise BoundaryError(f"{stack.randomiser.id}'s aggregation is not a SumRandomiser")
    return made


def exact(survey: Survey, vectors: Mapping[Party, Ints], included: Collection[int]) -> Ints:
    """The plain sum of the vectors of the included devices, before any clipping or noise."""
    total = np.zeros(survey.length, dtype=np.int64)
    for index in included:
        total += vectors[contributor(index)]
    return total
