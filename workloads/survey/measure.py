"""What a round of a survey is shown and recorded as: its answer, how good it is, and what it cost each party."""

from typing import Any

import numpy as np

from privacy.plugin import COLLECTOR, CONTRIBUTOR, Metric, contributor, parts, shown
from privacy.plugin.measuring import mean, median
from privacy.plugin.running import PRIMITIVE, Transcript
from workloads.survey.options import HISTOGRAM, MEAN
from workloads.survey.round import Result, SurveyRound, answer_of

UNDONE = "the exact answer beside the noised one would undo the noise: not shown of a person's own data"

DRAWS = 20
"""Draws of the noise over which the accuracy of an answer is averaged, on generated data alone."""


def round_of(result: Result, transcript: Transcript, *, stack: str) -> SurveyRound:
    """A round with all that pages show of it."""
    question, release, service = result.question, result.release, result.service
    truth = question.survey.truth(question.cells.cells)
    reasons = {p.name: reason for p, reason in release.outcome.reasons.items()}
    guarantee = service.guarantee
    return SurveyRound(
        stack=stack,
        answer=dict(zip(result.answer.labels, result.answer.values, strict=True)),
        metrics=[*_redrawn(result, quality_metrics(result)), *cost_metrics(result, transcript)],
        messages=[shown(m, PRIMITIVE if m.phase == "run" else "") for m in transcript.messages],
        guarantee=guarantee,
        steps={PRIMITIVE: guarantee},
        notes=[*question.notes, *_notes(result)],
        included=list(release.sum.included),
        everyone=[p.name for p in result.vectors],
        randomised=question.noised,
        data_hash=question.cells.data_hash,
        settings={"column": question.cells.column} | _unnamed(result),
        question=question.options.question,
        column=question.cells.column,
        exact=dict(zip(truth.labels, truth.values, strict=True)),
        devices=len(question.cells.cells),
        cohort=len(result.vectors),
        minimum=question.options.minimum,
        dropped=reasons | dict(release.sum.refused),
        vectors={p.name: parts(vector) for p, vector in result.vectors.items()},
        sent={p.name: parts(vector) for p, vector in release.sent.items()},
        total=parts(release.sum.total),
        noised_on_device=bool(service.task.noise_shares),
    )


def _unnamed(result: Result) -> dict[str, Any]:
    """For the record: the answer without its labels, where these are cells of a person's own data."""
    cells, options = result.question.cells, result.question.options
    named = cells.generated or options.values or options.question == MEAN
    if named or (options.question == HISTOGRAM and cells.numeric):
        return {}
    values = dict(zip(result.answer.labels, result.answer.values, strict=True))
    return {"answer": {f"value {i}": v for i, v in enumerate(values.values(), start=1)}}


def quality_metrics(result: Result) -> list[Metric]:
    """Accuracy of the answer against all devices, error of the sum against those included, and how many they are."""
    question, survey = result.question, result.question.survey
    generated = question.cells.generated
    n, count = len(question.cells.cells), len(result.release.sum.included)
    hidden = question.noised and not generated
    value = None if hidden else survey.accuracy(result.answer, question.cells.cells)
    apart = np.abs(result.release.sum.total - result.total).max() / survey.amount * survey.scale
    note = f"over all {n:,} devices; of those in the cohort, some are not in the sum"
    unit = "devices" if survey.scale == 1.0 else "in the column's unit"
    secret = question.noised and question.sampling < 1.0
    why = "how many took part stays hidden: the noise counts on it" if secret else ""
    return [
        Metric(
            "answer_accuracy", value, n=n, unit="share", better="higher", simulated=generated,
            note=UNDONE if hidden else note,
        ),
        Metric(
            "sum_error", None if hidden else float(apart), n=survey.length, unit=unit, better="lower",
            simulated=generated, note=UNDONE if hidden else f"largest entry, against those included; {survey.error}",
        ),
        Metric("included", None if secret else float(count), n=1, unit="contributions", note=why),
    ]  # fmt: skip


def _redrawn(result: Result, metrics: list[Metric]) -> list[Metric]:
    """The accuracy over many draws of the noise in place of that of one; only generated data is used again for free."""
    question = result.question
    if not (question.noised and question.cells.generated):
        return metrics
    vectors = np.stack([result.vectors[contributor(i)] for i in result.release.sum.included])
    shares = []
    for _ in range(DRAWS):
        answer = answer_of(question, result.service.unguarded(vectors), count=len(vectors))
        shares.append(question.survey.accuracy(answer, question.cells.cells))
    value, low, high = mean(shares)
    note = f"mean over {DRAWS} draws of the noise; the answer kept here is one of its own"
    better = Metric("answer_accuracy", value, low, high, DRAWS, "share", "higher", "measured", True, note)
    return [better if m.key == "answer_accuracy" else m for m in metrics]


def cost_metrics(result: Result, transcript: Transcript) -> list[Metric]:
    """Time and bytes of one round, as the host observed them."""
    seconds = result.release.outcome.seconds
    own = [s for p, s in seconds.items() if p.role == CONTRIBUTOR]
    collector = seconds.get(COLLECTOR, 0.0)
    aggregators = sum(s for p, s in seconds.items() if p.role != CONTRIBUTOR and p != COLLECTOR)
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
        return Metric(key, value, low, high, len(values), unit, "lower", note="median of a contributor")

    return [
        middle("contributor_seconds", own, "s"),
        Metric("aggregator_seconds", aggregators, n=1, unit="s", better="lower"),
        Metric("collector_seconds", collector, n=1, unit="s", better="lower"),
        middle("bytes_up", [float(v) for v in sent.values()], "B"),
        middle("bytes_down", [float(v) for v in got.values()], "B"),
        Metric("bytes_setup", float(transcript.bytes(phase="setup")), n=1, unit="B", better="lower"),
    ]


def _notes(result: Result) -> list[str]:
    question, service = result.question, result.service
    options = question.options
    notes = [f"Sums: {question.survey.error}."]
    if service.randomiser is None:
        notes += [
            "The sum is divided by the number of devices in it, which everybody learns.",
            f"The cohort is drawn with the seed, each device with chance {options.share:g}: a simulation.",
        ]
        return notes
    notes += [
        service.randomiser.statement(service.task),
        f"The sum is divided by {question.expected:g}, the public share times the public number of devices, never by "
        "how many took part; devices that fall silent count as if they held nothing.",
        "The cohort is drawn with the operating system's randomness.",
    ]
    if question.sampling < 1.0:
        notes.append(
            "The transcript of this record tells how many took part: whoever reads it gets the bound without sampling."
        )
    return notes
