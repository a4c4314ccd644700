"""The survey workload: one question about a cell that each device holds, answered by a sum over many devices."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from privacy import stacks
from privacy.boundary.channel import Channel
from privacy.deadline import Pulse, patiently
from privacy.errors import MechanismError, ProtocolAborted, WireError
from privacy.guarantees import Guarantee
from privacy.primitives.aggregation import contributor
from privacy.registry import Registry
from privacy.request import RunRequest
from privacy.results import Metric, RunRecord
from privacy.stats import mean
from privacy.transports.base import Transport
from workloads.survey.attacks import Target, alone, differencing, disaggregation, reading, unanimous
from workloads.survey.data import hash_of
from workloads.survey.deployment import STEP
from workloads.survey.record import cost_metrics, quality_metrics
from workloads.survey.round import PRIMITIVES, Asked, Charge, answer_of, ask, options_of, read

DRAWS = 20
"""Draws of the noise over which the accuracy of an answer is averaged, on generated data alone."""

_ATTACKS: tuple[tuple[str, Callable[[Target], Metric | list[Metric]]], ...] = (
    ("the aggregator's view", reading),
    ("two cohorts", differencing),
    ("a cohort of one", alone),
    ("unanimous tallies", unanimous),
    ("many rounds", disaggregation),
)


def data_hash(request: RunRequest) -> str:
    """A fingerprint of the data that a request names."""
    return hash_of(request)


def evaluate(request: RunRequest, registry: Registry, *, progress: Any) -> tuple[list[Metric], dict[str, Any]]:
    """Every attack on the request's stack, on simulated devices; there is no trained reader to keep."""
    target = Target.of(read(request, registry), registry, seed=request.seed)
    metrics: list[Metric] = []
    for done, (label, attack) in enumerate(_ATTACKS):
        progress(done, len(_ATTACKS), f"attack by {label}")
        found = attack(target)
        metrics += found if isinstance(found, list) else [found]
    progress(len(_ATTACKS), len(_ATTACKS), "attacks")
    return metrics, {}


def run(
    request: RunRequest, registry: Registry, *, progress: Any, own: Any = None,
    transports: Mapping[str, Transport] | None = None, release: Charge | None = None,
) -> RunRecord:  # fmt: skip
    """One round of the survey and the attacks on it, as a run record; of one that broke off, a record of the failure.

    `release` charges the budget of the data's owners, once, before anything noised is released. A survey has no input
    of one's own beside its data, so `own` is not used.
    """
    question, channel = read(request, registry), Channel()
    record = RunRecord(
        workload="tally",
        stack=request.stack,
        params=stacks.params_of(question.stack, registry, PRIMITIVES),
        seed=request.seed,
        data_hash=question.cells.data_hash,
        guarantee=Guarantee(()),
        metrics=[],
        transcript=channel.transcript,
        settings=vars(options_of(request)) | {"column": question.cells.column, "items": request.items},
    )
    progress(0, 1, f"a round under {request.stack}")
    try:
        pulse = Pulse(progress)
        asked = patiently(
            lambda: ask(question, request, registry, channel, transports=transports, charge=release),
            who=request.stack,
        )
        quality = _redrawn(asked, quality_metrics(asked))
        attacks, _ = patiently(lambda: evaluate(request, registry, progress=pulse), who=request.stack, pulse=pulse)
    except (ProtocolAborted, MechanismError, WireError) as error:
        record.failure = str(error)
        return record
    finally:
        channel.seal()
    asked.deployment.close()
    record.metrics = [*quality, *cost_metrics(asked, channel.transcript), *attacks]
    record.guarantee = asked.deployment.guarantee
    record.steps = {STEP: record.guarantee}
    record.settings["answer"] = list(asked.answer.values)
    record.notes = [*question.notes, *_notes(asked)]
    return record


def _redrawn(asked: Asked, metrics: list[Metric]) -> list[Metric]:
    """The accuracy over many draws of the noise in place of that of one; only generated data is used again for free."""
    question = asked.question
    if not (question.noised and question.cells.generated):
        return metrics
    vectors = np.stack([asked.vectors[contributor(i)] for i in asked.release.sum.included])
    shares = []
    for _ in range(DRAWS):
        answer = answer_of(question, asked.deployment.unguarded(vectors), count=len(vectors))
        shares.append(question.survey.accuracy(answer, question.cells.cells))
    value, low, high = mean(shares)
    note = f"mean over {DRAWS} draws of the noise; the answer kept here is one of its own"
    better = Metric("answer_accuracy", value, low, high, DRAWS, "share", "higher", "measured", True, note)
    return [better if m.key == "answer_accuracy" else m for m in metrics]


def _notes(asked: Asked) -> list[str]:
    question, deployment = asked.question, asked.deployment
    options = question.options
    notes = [f"Sums: {question.survey.error}."]
    if deployment.randomiser is None:
        notes += [
            "The sum is divided by the number of devices in it, which everybody learns.",
            f"Who is asked is drawn with the seed, each device with chance {options.share:g}: a simulation.",
        ]
        return notes
    sampling = float(getattr(question.stack.release_params, "sampling", 1.0))
    notes += [
        deployment.randomiser.statement(deployment.task),
        f"The sum is divided by {question.expected:g}, the public share times the public number of devices, never by "
        "how many took part; devices that fall silent count as if they held nothing.",
        "Who is asked is drawn with the operating system's randomness.",
    ]
    if sampling < 1.0:
        notes.append(
            "The transcript of this record tells how many took part: whoever reads it gets the bound without sampling."
        )
    return notes
