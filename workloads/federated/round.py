"""A round of training: a cohort trains, its updates are added up under the stack, and a new version comes of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random, SystemRandom

import numpy as np

from privacy.plugin import (
    COLLECTOR,
    CONTRIBUTOR,
    DataError,
    Metric,
    Party,
    ProtocolAborted,
    Release,
    Round,
    Seats,
    Shape,
    SumService,
    contributor,
    shown,
    steps,
)
from privacy.plugin.measuring import median
from privacy.plugin.running import PRIMITIVE, Ints, Transcript
from workloads.federated.plan import Plan
from workloads.federated.training.shape import Weights
from workloads.federated.training.steps import Steps
from workloads.federated.training.team import Team

UNIT = 2.0**-16
"""What one step of an update stands for: updates are sums of whole steps, so that every stack adds up the same."""
LARGEST = 8.0
"""The largest entry of an update; an honest device sends no larger one, and no NaN."""
BOUND = round(LARGEST / UNIT)
STEPS = Steps(UNIT, BOUND)


@dataclass(kw_only=True)
class FederatedRound(Round):
    """A round as pages show it. `history` has a row of figures for each round up to this one.

    `before` and `after` are the negative log-likelihoods of the first version and of this; `version` is the CID of the
    model's file.
    """

    before: float = 0.0
    after: float = 0.0
    right: float = 0.0
    version: str = ""
    cohort: int = 0
    dropped: dict[str, str] = field(default_factory=dict)
    history: list[dict[str, float]] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class Result:
    """One sum of updates: who was in the round, their updates in steps (private), and what was released."""

    service: SumService
    places: tuple[int, ...]
    vectors: Mapping[Party, Ints]
    release: Release
    loss: float

    @property
    def included(self) -> list[int]:
        """The devices whose updates are in the sum."""
        return [self.places[i - 1] for i in self.release.sum.included]


def cohort(plan: Plan, *, seed: int, index: int, noised: bool) -> list[int]:
    """The devices of a round: each alone, with chance `share`. Under a randomiser by the system's randomness."""
    if plan.options.share == 1.0:
        return list(range(plan.devices))
    draw: Random = SystemRandom() if noised else Random(f"cohort {seed} {index}")
    return [at for at in range(plan.devices) if draw.random() < plan.options.share]


def in_steps(update: np.ndarray, *, name: str) -> np.ndarray:
    """Runs on a device: its update in whole steps, if it is not in them. DataError where its training went wrong."""
    if update.dtype.kind == "i":
        return update
    if not np.isfinite(update).all() or np.abs(update).max(initial=0.0) > LARGEST:
        text = f"the training of {name} ran away: an entry of its update is NaN, or beyond {LARGEST:g}"
        raise DataError(text, then="lower rate, or take fewer epochs")
    return steps(update, unit=UNIT, bound=BOUND)


def sum_updates(
    plan: Plan, team: Team, weights: Weights, seats: Seats, *, places: list[int], seed: int, index: int
) -> Result:
    """Train the devices of a round and add up their updates. ProtocolAborted where too few stay."""
    if len(places) < plan.options.minimum:
        raise ProtocolAborted(f"{len(places)} devices are in the round and {plan.options.minimum} are needed")
    o = plan.options
    done = team.train(places, weights, plan.training, steps=STEPS)
    vectors = {
        contributor(i): in_steps(done[place].update, name=plan.names[place]) for i, place in enumerate(places, start=1)
    }
    shape = Shape(plan.shape.length, BOUND, UNIT)
    service = seats.sums(shape, contributors=len(places), minimum=o.minimum)
    service.publish(seats.channel)
    last = service.mechanism.rounds(service.carried) - 1
    rng = np.random.default_rng([seed, index, 1604])
    silent = {p: int(rng.integers(1, max(last, 1), endpoint=True)) for p in vectors if rng.random() < o.dropouts}
    released = service.release(vectors, seats.channel, silent=silent)
    loss = float(np.mean([one.loss for one in done.values()]))
    return Result(service, tuple(places), vectors, released, loss)


def new_version(plan: Plan, weights: Weights, result: Result, *, noised: bool) -> Weights:
    """The weights after a round: those before, and the mean of the updates.

    How many are in a noised sum stays hidden: it is divided by how many there would be on average.
    """
    expected = plan.devices * plan.options.share
    count = expected if noised else float(len(result.release.sum.included))
    mean = result.release.sum.total.astype(np.float64) * (UNIT / max(count, 1.0))
    return (weights + mean).astype(np.float32)


def round_of(
    result: Result, transcript: Transcript, *, stack: str, index: int, history: list[dict[str, float]], notes: list[str]
) -> FederatedRound:
    """A round with all that pages show of it."""
    first, last = history[0], history[-1]
    guarantee = result.service.guarantee
    reasons = {p.name: reason for p, reason in result.release.outcome.reasons.items()}
    return FederatedRound(
        index=index,
        stack=stack,
        answer={"loss before": round(first["nll"], 4), "loss after": round(last["nll"], 4)},
        metrics=[*_quality(first, last, result), *_cost(result, transcript)],
        messages=[shown(m, PRIMITIVE if m.phase == "run" else "") for m in transcript.messages],
        guarantee=guarantee,
        steps={PRIMITIVE: guarantee},
        notes=notes,
        included=list(result.release.sum.included),
        everyone=[p.name for p in result.vectors],
        randomised=result.service.randomiser is not None,
        settings={"history": history},
        before=first["nll"],
        after=last["nll"],
        right=last["right"],
        cohort=len(result.vectors),
        dropped=reasons | dict(result.release.sum.refused),
        history=history,
    )


def _quality(first: dict[str, float], last: dict[str, float], result: Result) -> list[Metric]:
    words = int(last["words"])
    note = f"on {words:,} held-out words"
    return [
        Metric("nll", last["nll"], n=words, unit="nats a word", better="lower", note=note),
        Metric("nll_before", first["nll"], n=words, unit="nats a word", better="lower", note=note),
        Metric("right", last["right"], n=words, unit="share", better="higher", note=note),
        Metric("included", float(len(result.release.sum.included)), n=1, unit="updates", better="higher"),
    ]


def _cost(result: Result, transcript: Transcript) -> list[Metric]:
    """Time and bytes of the sum, as the host observed them."""
    seconds = result.release.outcome.seconds
    own = [s for p, s in seconds.items() if p.role == CONTRIBUTOR]
    others = sum(s for p, s in seconds.items() if p.role != CONTRIBUTOR and p != COLLECTOR)
    sent = dict.fromkeys(result.vectors, 0)
    got = dict(sent)
    for message in transcript.messages:
        if message.phase == "run":
            if message.sender in sent:
                sent[message.sender] += message.bytes
            if message.receiver in got:
                got[message.receiver] += message.bytes

    def middle(key: str, values: list[float], unit: str) -> Metric:
        value, low, high = median(values)
        return Metric(key, value, low, high, len(values), unit, "lower", note="median of a device, in the last round")

    return [
        middle("contributor_seconds", own, "s"),
        Metric("aggregator_seconds", others, n=1, unit="s", better="lower"),
        middle("bytes_up", [float(v) for v in sent.values()], "B"),
        middle("bytes_down", [float(v) for v in got.values()], "B"),
    ]
