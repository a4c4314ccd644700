"""The attacks on a survey's stack, on simulated devices: what each party that reads sums, or carries them, makes of it.

Simulated devices are as the asker knows real ones: kinds of answers, and how common each is. So no figure here spends
the budget of anyone in the data. Every attack is tried on plain sums too: the note says how well it does there.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin import Metric, Party, ProtocolAborted, Release, Seats, Shape, SumService, contributor
from privacy.plugin.attacks import (
    AGREE,
    CLASSES,
    Floats,
    Ints,
    Kinds,
    Point,
    Setting,
    alone_advantage,
    differencing_advantage,
    disaggregation_curve,
    noise_of,
    read_device,
    reading_advantage,
    unanimous_share,
    wires_of,
)
from privacy.plugin.measuring import Interval
from privacy.plugin.running import Channel
from workloads.survey.round import Question

READ, TRIALS, ALONE, COUNTS = 120, 60, 60, 300
"""Devices whose wires are read; pairs of sums; sums of one; small counts."""

THROUGH = 8
"""Pairs of sums that go through the stack, wires and all; the others are summed as it releases them."""

WORLDS = 10
"""Simulated populations that many sums are tried on."""

_LARGEST = 24


def plain_sum(vectors: Ints) -> Ints:
    """The control of every attack: the sum as it is."""
    return np.asarray(vectors.sum(axis=0))


def silent() -> None:
    """Tell nobody."""


class Told:
    """A stack's aggregation that tells of each sum before it is made."""

    def __init__(self, service: SumService, beat: Callable[[], None]) -> None:
        self._service, self._beat = service, beat

    def __getattr__(self, name: str) -> Any:
        return getattr(self._service, name)

    def as_released(self, vectors: Ints) -> Ints | None:
        """As the service has it."""
        self._beat()
        return self._service.as_released(vectors)

    def unguarded(self, vectors: Ints) -> Ints:
        """As the service has it."""
        self._beat()
        return self._service.unguarded(vectors)

    def release(self, *args: Any, **more: Any) -> Release:
        """As the service has it."""
        self._beat()
        return self._service.release(*args, **more)


@dataclass(frozen=True)
class Target:
    """What is attacked: a question under its stack, and the kinds of simulated device.

    `shape` is the survey's, less the entries in which all these kinds hold 0: those tell nothing of them.
    """

    question: Question
    seats: Seats
    kinds: Kinds
    shape: Shape
    seed: int
    beat: Callable[[], None] = silent
    """Called with each sum that is made: a sign of life, as an attack may need hundreds."""

    @classmethod
    def of(cls, question: Question, seats: Seats, *, seed: int) -> "Target":
        """The kinds come from the question and from how common answers are in the data."""
        survey = question.survey
        vectors, prior = survey.types(question.cells.whole)
        vectors = vectors[:, vectors.any(axis=0)]
        return cls(question, seats, Kinds(vectors, prior), Shape(vectors.shape[1], survey.bound, survey.unit), seed)

    def deploy(self, contributors: int) -> "Told":
        """The stack's aggregation for that many devices, with the survey's own minimum cohort."""
        seats = self.seats.rehearsal(self.question.stack)
        made = seats.sums(self.shape, contributors=contributors, minimum=self.question.options.minimum)
        return Told(made, self.beat)

    def metric(self, key: str, found: Interval | None, n: int, note: str) -> Metric:
        # No interval where the protocol itself stopped the attack: that was not drawn by chance.
        value, low, high = found if found is not None else (0.0, None, None)
        return Metric(key, value, low, high, n, "advantage", "lower", "measured", True, note)


def reading(target: Target) -> Metric:
    """An aggregator, from the wires that a device sent it; of several, the one that reads most."""
    count = max(_LARGEST, target.question.options.minimum)
    rng = np.random.default_rng([target.seed, 5])
    service = target.deploy(count)
    observers = service.aggregators
    readings: dict[Party, list[tuple[Floats, Floats]]] = {observer: [] for observer in observers}
    truth: list[int] = []
    while len(truth) < READ:
        devices, channel = target.kinds.draw(count, rng), Channel()
        service.publish(channel)
        service.release(_seated(target.kinds.vectors[devices]), channel)
        transcript = channel.seal()
        for observer in observers:
            view = transcript.view({observer})
            wires = [wires_of(view, observer, contributor(i)) for i in range(1, count + 1)]
            readings[observer] += [read_device(one, length=target.shape.length) for one in wires]
        truth += devices.tolist()
        service.close()
    own, known = _own_noise(service), np.array(truth)
    found = {o: reading_advantage(readings[o], known, target.kinds, noise=own) for o in observers}
    most = max(observers, key=lambda o: found[o][0])
    note = f"{most}, from the wires of a device; simulated devices, half of them the attacker's panel"
    return target.metric("attack_aggregator", found[most], len(truth) - len(truth) // 2, note)


def _own_noise(service: Told) -> float:
    """The deviation that a device adds to each entry itself, as an attacker measures it on a device of its own."""
    if not service.task.noise_shares:
        return 0.0
    zeros = np.zeros(service.task.length, dtype=np.int64)
    sent = [service.randomised(zeros, contributor(1)) for _ in range(16)]
    return float(np.sqrt(np.mean(np.square(np.stack(sent), dtype=np.float64))))


def _seated(vectors: Ints) -> dict[Party, Ints]:
    return {contributor(i): v for i, v in enumerate(vectors, start=1)}


def _released(service: Told, vectors: Ints, *, silent: Iterable[int] = ()) -> Ints:
    """The sum of one run through the stack, with fresh keys; `silent` devices say nothing."""
    channel = Channel()
    try:
        service.publish(channel)
        gone = {contributor(i): 1 for i in silent}
        return service.release(_seated(vectors), channel, silent=gone).sum.total
    finally:
        service.close()


def differencing(target: Target) -> Metric:
    """Whoever reads two sums, of cohorts that differ by one device."""
    minimum = target.question.options.minimum
    cohort = max(3, minimum + 1)
    service = target.deploy(cohort)
    through = THROUGH if cohort <= _LARGEST else 0
    made = 0

    def pair(vectors: Ints) -> tuple[Ints, Ints] | None:
        nonlocal made
        made += 1
        if made > through:
            whole, rest = service.as_released(vectors), service.as_released(vectors[1:])
            return None if whole is None or rest is None else (whole, rest)
        try:
            return _released(service, vectors), _released(service, vectors, silent=(1,))
        except ProtocolAborted:
            return None

    noise = noise_of(service.as_released, cohort=cohort, length=target.shape.length)
    found = differencing_advantage(pair, target.kinds, cohort=cohort, trials=TRIALS, noise=noise, seed=target.seed)
    if found is None:
        text = f"no sum without the device was released: with {cohort} asked, one that falls silent leaves too few"
        return target.metric("attack_differencing", None, TRIALS, text)
    how = f"{through} of them through the stack, the others summed as it releases them"
    note = f"sums of {cohort} and of {cohort - 1} devices in {TRIALS} simulated cohorts, {how}"
    return target.metric("attack_differencing", found, TRIALS, note)


def alone(target: Target) -> Metric:
    """Whoever reads a sum that one device alone is in: through the stack, and without its minimum cohort."""
    minimum = target.question.options.minimum
    cohort = max(3, minimum)
    service = target.deploy(cohort)

    def released(vectors: Ints) -> Ints | None:
        zeros = np.zeros((cohort - 1, vectors.shape[1]), dtype=np.int64)
        try:
            return _released(service, np.vstack([vectors, zeros]), silent=range(2, cohort + 1))
        except ProtocolAborted:
            return None

    found = _alone(target, released, trials=ALONE if minimum == 1 else 3)
    without = _alone(target, service.unguarded, trials=ALONE)
    if found is None:
        shown = f"{without[0]:.2f}" if without else "none"
        note = f"the run aborts below the minimum cohort; if a sum of one were released, the advantage would be {shown}"
        return target.metric("attack_cohort_of_one", None, ALONE, note)
    return target.metric(
        "attack_cohort_of_one", found, ALONE, "a sum of one device was released, as there is no minimum cohort"
    )


def _alone(target: Target, source: Callable[[Ints], Ints | None], *, trials: int) -> Interval | None:
    zeros = np.zeros((1, target.shape.length), dtype=np.int64)
    if source(zeros) is None:
        return None
    noise = noise_of(source, cohort=1, length=target.shape.length)
    return alone_advantage(source, target.kinds, trials=trials, noise=noise, seed=target.seed)


def unanimous(target: Target) -> Metric:
    """Whoever reads the tally of the smallest cohort that is released."""
    cohort = max(2, target.question.options.minimum)
    service = target.deploy(cohort)
    found = unanimous_share(service.as_released, target.kinds, cohort=cohort, count=COUNTS, seed=target.seed)
    control = unanimous_share(plain_sum, target.kinds, cohort=cohort, count=COUNTS, seed=target.seed)
    three = unanimous_share(plain_sum, target.kinds, cohort=3, count=COUNTS, seed=target.seed)
    answers = min(CLASSES, len(target.kinds.prior))
    note = (
        f"tallies of {cohort}, where {AGREE:.0%} give the likeliest of {answers} answers; named rightly less wrongly. "
        f"Plain sums: {_shown(control)}; of three devices: {_shown(three)}"
    )
    found = found or (0.0, 0.0, 0.0)
    return Metric("attack_unanimous", *found, COUNTS, "share of tallies", "lower", "measured", True, note)


def setting_of(question: Question, *, fixed: bool, worlds: int = WORLDS) -> Setting:
    """The population and cohorts of the disaggregation attack: cohorts of 10, or of the minimum if that is more."""
    cohort = max(10, question.options.minimum)
    # Fewer populations where they are large: the time grows with the cube of their size.
    most = max(3, min(worlds, 30 * WORLDS // (3 * cohort)))
    return Setting(3 * cohort, cohort, question.options.rounds, most, fixed)


def curve(
    target: Target, *, fixed: bool = False, plain: bool = False, last: bool = False, worlds: int = WORLDS
) -> list[Point]:
    """The share of devices that disaggregation names, round by round; `plain` tries it on plain sums, as a control."""
    setting = setting_of(target.question, fixed=fixed, worlds=worlds)
    service = target.deploy(setting.cohort)
    source = plain_sum if plain else service.as_released
    return disaggregation_curve(source, target.kinds, setting, seed=target.seed, last=last)


def disaggregation(target: Target) -> list[Metric]:
    """Whoever reads many sums and knows who was in each: cohorts that change, and cohorts that stay."""
    made = []
    for key, fixed in (("attack_disaggregation", False), ("attack_disaggregation_fixed", True)):
        setting = setting_of(target.question, fixed=fixed)
        points, control = curve(target, fixed=fixed, last=True), curve(target, fixed=fixed, plain=True, last=True)
        found = points[-1][1:] if points else (0.0, 0.0, 0.0)
        kind = "fixed" if fixed else "changing"
        note = (
            f"{setting.rounds} rounds of known {kind} cohorts of {setting.cohort} of {setting.devices} devices, "
            f"{setting.worlds} simulated populations. Plain sums: {control[-1].share:.2f}"
        )
        made.append(
            Metric(key, *found, setting.worlds, "share of devices", "lower", "measured", True, note)
        )  # fmt: skip
    return made


def _shown(found: Interval | None) -> str:
    return "none" if found is None else f"{found[0]:.2f}"
