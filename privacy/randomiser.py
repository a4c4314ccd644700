"""Randomisers: they change a private value on the device before any carrier moves it."""

import math
from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any, ClassVar, Generic, TypeVar

from privacy.boundary.seat import Seat
from privacy.guarantees import Guarantee, OutputPrivacy, Strength, Towards
from privacy.mechanism import Mechanism, PrivacyCost
from privacy.primitives.aggregation import COLLECTOR, AggregationTask

TaskT = TypeVar("TaskT")


class Randomiser(ABC, Generic[TaskT]):
    """A differentially private release of one party's value, in the local model. It holds parameters only."""

    def __init__(self, params: Any = None) -> None:
        self.params = params

    @abstractmethod
    def randomise(self, value: Any, seat: Seat[TaskT]) -> Any:
        """Runs on the input party: a randomised value of the same type and bounds as `value`.

        Noise comes from the operating system. NaN, infinity and values out of bounds are refused with BoundaryError
        before any noise is drawn.
        """

    @abstractmethod
    def cost(self, task: TaskT) -> PrivacyCost:
        """What one release spends: pure epsilon (infinite where there is none) and rho. The host charges it first."""

    @abstractmethod
    def output(self, task: TaskT) -> OutputPrivacy:
        """The bound with its unit, neighbours, model and accountant."""

    def statement(self, task: TaskT) -> str:
        """One sentence for the page: what the observer of a released value learns."""
        bound = self.output(task)
        delta = f", delta {bound.delta:g}" if bound.delta else ""
        return (
            f"It reads only a value that was randomised on the device: epsilon {bound.epsilon:g}{delta} for one "
            f"{bound.unit} "
            f"({bound.model} model)."
        )


class SumRandomiser(Randomiser[AggregationTask]):
    """A differentially private sum over many contributors: each clips its vector, and someone adds noise.

    With `noise_shares` of the task at 0 the aggregator adds all of it (central model); at m, every contributor adds
    1/m of the variance on its device, so that any m of them add enough.
    """

    central_kinds: ClassVar[tuple[type[Any], ...]] = ()
    """Classes of an aggregator's own noise that other parameters make, beside the one that `central` gives."""

    def local(self, task: AggregationTask) -> bool:
        """Whether epsilon bounds each device's value by itself, whatever the others add: the local model."""
        return False

    @property
    def releases(self) -> int:
        """How many sums `cost` and the bound cover together."""
        return 1

    def price(self, task: AggregationTask) -> PrivacyCost:
        """What one of those sums spends: its part of the cost. Pure epsilon and rho both add up."""
        whole, parts = self.cost(task), max(1, int(self.releases))
        return PrivacyCost(whole.epsilon / parts, whole.rho / parts)

    @abstractmethod
    def carried(self, task: AggregationTask) -> AggregationTask:
        """The task as the carrier gets it: the bound is that of a clipped and noised vector."""

    @abstractmethod
    def central(self, task: AggregationTask) -> Any:
        """The aggregator's own input in the central model: a dataclass with `add(total, seat)`; else None."""

    def deviation(self, task: AggregationTask, *, contributors: int) -> float | None:
        """The standard deviation of the noise in each entry of a sum of so many, in steps; None if it is not known.

        It is public, as the noise's law is, and makes the error bar of an answer.
        """
        return None

    @abstractmethod
    def output_for(self, observer: str, task: AggregationTask) -> OutputPrivacy | None:
        """The bound towards one observer; None where it reads the contributions themselves."""


def shared_noise(task: AggregationTask, mechanism: Mechanism[AggregationTask], *, colluders: int) -> AggregationTask:
    """The task where contributors share the noise out: those who must stay, without `colluders`, bring all of it.

    Two thirds must stay, or more where the carrier needs them: with fewer, each would have to add so much that the sum
    drowns whenever all stay.
    """
    held = replace(task, minimum=max(task.minimum, math.ceil(2 * task.contributors / 3)))
    return replace(held, noise_shares=max(1, mechanism.threshold(held) - colluders))


def under_sum(randomiser: SumRandomiser, task: AggregationTask, carried: Guarantee) -> Guarantee:
    """The guarantee of an aggregation with noise in its sum, which bounds what each observer reads of the sum.

    Noise that an aggregator adds bounds nothing towards that aggregator, who reads every vector.
    """
    if randomiser.local(task):
        return under(randomiser, task, carried)
    rows = []
    for t in carried.towards:
        bound = randomiser.output_for(t.observer.split("-")[0], task)
        if bound is None:
            rows.append(t)
            continue
        text = (
            f"{t.statement} The sum has noise: epsilon {bound.epsilon:.3g}, delta {bound.delta:g} for one {bound.unit} "
            f"({bound.model} model)."
        )
        if t.observer == COLLECTOR.name:
            text = f"{text} {randomiser.statement(task)}"
        strength = max(t.strength, Strength.DIFFERENTIAL)
        rows.append(replace(t, strength=strength, statement=text, output=bound))
    return replace(carried, towards=tuple(rows))


def under(randomiser: Randomiser[Any], task: Any, carried: Guarantee) -> Guarantee:
    """The guarantee of a step whose input was randomised first.

    An observer who read the input in the clear now reads a released value; one from whom the carrier hides it still
    reads nothing, and the release bounds what is left if the carrier's assumption fails.
    """
    bound, text = randomiser.output(task), randomiser.statement(task)
    rows = []
    for t in carried.towards:
        if t.strength < Strength.DIFFERENTIAL:
            rows.append(Towards(t.observer, Strength.DIFFERENTIAL, text, leaks=t.leaks, output=bound))
        else:
            sentence = f"{t.statement} If that fails, epsilon {bound.epsilon:g} still holds."
            rows.append(replace(t, statement=sentence, output=bound))
    return replace(carried, towards=tuple(rows))
