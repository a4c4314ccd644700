"""A round of training: a cohort trains, its updates are added up under the stack, and a new version comes of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from privacy.plugin import (
    DataError,
    Metric,
    Party,
    ProtocolAborted,
    Release,
    Round,
    RunRequest,
    Seats,
    Shape,
    Stack,
    SumService,
    contributor,
    shown,
    steps,
)
from privacy.plugin.running import PRIMITIVE, Ints, Message, cost_of_sum, sampling_of, silent
from workloads.federated.elsewhere import Elsewhere, Order
from workloads.federated.plan import Plan
from workloads.federated.robust.poison import malicious, poisoned
from workloads.federated.robust.rules import MEAN, RULES
from workloads.federated.tasks.task import Task
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
    history: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, repr=False)
class Result:
    """One sum of updates: who was in the round, their updates in steps (private), and what was released."""

    service: SumService
    stack: Stack
    task: Task
    places: tuple[int, ...]
    vectors: Mapping[Party, Ints]
    """Empty where devices are elsewhere: nobody here has them."""
    release: Release
    loss: float | None
    """The mean loss of the devices as they trained; None where they are elsewhere, and it is theirs to know."""
    malicious: frozenset[Party] = frozenset()
    began: int = 0
    """How many messages the channel had carried before: those of a try that broke off are none of this sum."""

    @property
    def parties(self) -> list[Party]:
        """The contributors, in the order of `places`."""
        return [contributor(i) for i in range(1, len(self.places) + 1)]

    @property
    def included(self) -> list[int]:
        """The devices whose updates are in the sum."""
        return [self.places[i - 1] for i in self.release.sum.included]


def row_of(plan: Plan, result: Result) -> dict[str, Any]:
    """What a round adds to the table of rounds beside its loss: who is in the sum, who is not and why, and bytes."""
    reasons = {p.name: why for p, why in result.release.outcome.reasons.items()} | dict(result.release.sum.refused)
    names = {p.name: plan.names[place] for p, place in zip(result.parties, result.places, strict=True)}
    secret = sampling_of(result.stack) < 1.0
    return {
        "included": None if secret else len(result.release.sum.included), "training": result.loss,
        "refused": {names.get(name, name): why for name, why in reasons.items()},
    }  # fmt: skip


def in_steps(update: np.ndarray, *, name: str) -> np.ndarray:
    """Runs on a device: its update in whole steps, if it is not in them. DataError where its training went wrong."""
    if update.dtype.kind == "i":
        return update
    if not np.isfinite(update).all() or np.abs(update).max(initial=0.0) > LARGEST:
        text = f"the training of {name} diverged: an entry of its update is NaN or beyond {LARGEST:g}"
        raise DataError(text, then="lower rate, or choose fewer epochs")
    return steps(update, unit=UNIT, bound=BOUND)


def sum_updates(
    plan: Plan, team: Team, weights: Weights, seats: Seats, *, places: list[int], seed: int, index: int
) -> Result:
    """Train the devices of a round and add up their updates. ProtocolAborted where too few stay."""
    o = plan.options
    done = team.train(places, weights, plan.training, steps=STEPS)
    vectors = {
        contributor(i): in_steps(done[place].update, name=plan.names[place]) for i, place in enumerate(places, start=1)
    }
    bad = malicious(plan.devices, share=o.malicious, seed=seed)
    by = [contributor(i) for i, place in enumerate(places, start=1) if place in bad]
    malice = poisoned(vectors, by, kind=o.poison, bound=BOUND)
    vectors |= malice.vectors
    service = seats.sums(sum_shape(plan), contributors=len(places), minimum=o.minimum, bends=malice.bends)
    service.publish(seats.channel)
    last = service.mechanism.rounds(service.carried) - 1
    gone = silent(vectors, share=o.dropouts, rounds=last, seed=(seed, index, 1604))
    released = service.release(vectors, seats.channel, silent=gone, faults=malice.faults)
    loss = float(np.mean([one.loss for one in done.values()]))
    return Result(service, seats.stack, plan.task, tuple(places), vectors, released, loss, malice.by)


TRIES = 3
"""How often a round is tried with devices elsewhere, some of which go while it lasts."""


def gather_updates(
    plan: Plan, seats: Seats, there: Elsewhere, *, model: bytes, version: str, request: RunRequest
) -> Result:
    """Have devices elsewhere train a version of the model, and add up their updates.

    A sum for which too few stay is begun again, under fresh keys, with those who are there then: nothing came of it
    that anybody saw. ProtocolAborted after a few tries.
    """
    o = plan.options
    for left in reversed(range(TRIES)):
        places, began = there.here(minimum=o.minimum), len(seats.channel.transcript.messages)
        service = seats.sums(sum_shape(plan), contributors=len(places), minimum=o.minimum)
        order = Order(model, version, plan.training, service.carried, request.stack, dict(request.params))
        there.begin(order, places, session=seats.channel.session)
        try:
            service.publish(seats.channel)
            released = service.gather(seats.channel)
            return Result(service, seats.stack, plan.task, tuple(places), {}, released, None, began=began)
        except ProtocolAborted:
            service.close()
            if not left:
                raise
    raise AssertionError


def sum_shape(plan: Plan) -> Shape:
    """The vectors of a sum of updates."""
    return Shape(plan.shape.length, BOUND, UNIT)


def new_version(plan: Plan, weights: Weights, result: Result, *, noised: bool) -> Weights:
    """The weights after a round: those before, and the mean of the updates.

    How many are in a noised sum stays hidden: it is divided by how many there would be on average. Another rule than
    the mean takes the updates that the aggregator has read.
    """
    if plan.options.rule != MEAN:
        read = [result.release.sent[contributor(i)] for i in result.release.sum.included]
        updates = np.stack(read).astype(np.float32) * np.float32(UNIT)
        stands = round(plan.options.malicious * len(read))
        return np.asarray(weights + RULES[plan.options.rule](updates, stands), dtype=np.float32)
    expected = plan.devices * plan.options.share
    count = expected if noised else float(len(result.release.sum.included))
    return after(weights, result.release.sum.total, by=count)


def after(weights: Weights, total: Ints, *, by: float) -> Weights:
    """The weights after a sum of updates in steps: those before, and the sum divided by `by`, at least 1."""
    mean = total.astype(np.float64) * (UNIT / max(by, 1.0))
    return np.asarray(weights + mean, dtype=np.float32)


def honest_version(plan: Plan, team: Team, weights: Weights, *, places: list[int]) -> Weights:
    """The weights after a round in which nobody is malicious and the rule is the mean: what malice is held against."""
    done = team.train(places, weights, plan.training)
    total = np.sum([in_steps(done[place].update, name=plan.names[place]) for place in places], axis=0)
    return np.asarray(weights + total * (UNIT / len(places)), dtype=np.float32)


def round_of(
    result: Result, messages: Sequence[Message], *, stack: str, index: int, history: list[dict[str, Any]],
    notes: list[str],
) -> FederatedRound:  # fmt: skip
    """A round with all that pages show of it."""
    first, last = history[0], history[-1]
    guarantee = result.service.guarantee
    return FederatedRound(
        index=index,
        stack=stack,
        answer={"loss before": round(first["nll"], 4), "loss after": round(last["nll"], 4)},
        metrics=[*_quality(first, last, result), *cost_of_sum(result.parties, result.release, messages)],
        messages=[shown(m, PRIMITIVE if m.phase == "run" else "") for m in messages],
        guarantee=guarantee,
        steps={PRIMITIVE: guarantee},
        notes=notes,
        included=list(result.release.sum.included),
        everyone=[p.name for p in result.parties],
        randomised=result.service.randomiser is not None,
        settings={"history": history},
        before=first["nll"],
        after=last["nll"],
        right=last["right"],
        cohort=len(result.parties),
        dropped=last["refused"],
        history=history,
    )


def _quality(first: dict[str, Any], last: dict[str, Any], result: Result) -> list[Metric]:
    words, secret = int(last["words"]), sampling_of(result.stack) < 1.0
    why = "how many took part stays hidden, as the noise relies on it" if secret else ""
    included = None if secret else float(len(result.release.sum.included))
    noun, unit = result.task.noun, result.task.unit
    note = f"on {words:,} held-out {noun}"
    effect = [
        Metric("nll_clean", last["clean"], n=words, unit=unit, better="lower",
               note=f"{note}; the same training with nobody malicious, under the mean")
    ] if "clean" in last else []  # fmt: skip
    return [
        *effect,
        Metric("nll", last["nll"], n=words, unit=unit, better="lower", note=note),
        Metric("nll_before", first["nll"], n=words, unit=unit, better="lower", note=note),
        Metric("right", last["right"], n=words, unit="share", better="higher", note=note),
        Metric("included", included, n=1, unit="updates", better="higher", note=why),
    ]
