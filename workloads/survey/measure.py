"""What a round of a survey is shown and recorded as: its answer, how good it is, and what it cost each party."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from privacy.plugin import Metric, contributor, parts, shown
from privacy.plugin.measuring import mean
from privacy.plugin.running import PRIMITIVE, Floats, Transcript, cost_of_sum
from workloads.survey.questions import Answer, Heavy, Mean
from workloads.survey.round import SHOWN, Question, Result, SurveyRound, answer_of, divisor

DRAWS = 20
"""Draws of the noise over which the accuracy of an answer is averaged, on generated data alone."""

_DUST = 1e-9
_NORMAL = 1.959964
"""The 97.5% point of the normal distribution."""


def round_of(result: Result, transcript: Transcript, *, stack: str) -> SurveyRound:
    """A round with all that pages show of it."""
    question, release, service = result.question, result.release, result.service
    cells, survey = question.cells, question.survey
    reasons = {p.name: reason for p, reason in release.outcome.reasons.items()}
    guarantee = service.guarantee
    answer, exact, bars = labelled(result)
    few = {p: v for i, (p, v) in enumerate(result.vectors.items()) if i < SHOWN}
    names = {p.name for p in result.vectors} - {p.name for p in few}
    kept = [m for m in transcript.messages if m.sender.name not in names and m.receiver.name not in names]
    left = len(transcript.messages) - len(kept)
    notes = [*question.notes, *_notes(result)]
    if left:
        notes.append(f"Of {len(result.vectors):,} contributors, only the first {SHOWN} have their wires kept here.")
    outside = survey.outside(cells.tally(result.included))
    return SurveyRound(
        stack=stack,
        answer=answer,
        metrics=[
            *_redrawn(result, quality_metrics(result)),
            *cost_of_sum(result.vectors, result.release, transcript.messages),
        ],
        messages=[shown(m, PRIMITIVE if m.phase == "run" else "") for m in kept],
        guarantee=guarantee,
        steps={PRIMITIVE: guarantee},
        notes=notes,
        included=list(release.sum.included),
        everyone=[p.name for p in few],
        randomised=question.noised,
        data_hash=cells.data_hash,
        settings={
            "column": cells.column, "kind": cells.kind, "truth": exact, "interval": bars,
            "devices": question.devices, "of": cells.population,
        },
        question=question.options.question,
        column=cells.column,
        kind=cells.kind,
        exact=exact,
        bars=bars,
        bar_note=bar_note(result),
        devices=question.devices,
        population=cells.population,
        cohort=len(result.vectors),
        minimum=question.options.minimum,
        outside=outside,
        dropped=reasons | dict(release.sum.refused),
        vectors={p.name: parts(vector) for p, vector in few.items()},
        sent={p.name: parts(release.sent[p]) for p in few},
        total=parts(release.sum.total),
        noised_on_device=bool(service.task.noise_shares),
    )  # fmt: skip


def labelled(result: Result) -> tuple[dict[str, Any], dict[str, Any], dict[str, list[float]]]:
    """The answer, the truth over the whole file, and the ends of each 95% interval, by what people read as labels."""
    question = result.question
    names = _names(question, result.answer)
    low, high = interval(result)
    truth = _truth(question, result.answer)
    dated = question.options.question == "mean" and question.cells.kind == "date"
    answer: dict[str, Any] = {}
    exact: dict[str, Any] = {}
    bars: dict[str, Any] = {}
    for i, name in enumerate(names):
        values = (result.answer.values[i], truth.values[i], float(low[i]), float(high[i]))
        shown_ = [question.cells.typed.label(repr(round(v))) for v in values] if dated else values
        answer[name], exact[name], bars[name] = shown_[0], shown_[1], [shown_[2], shown_[3]]
    return answer, exact, bars


def _names(question: Question, answer: Answer) -> list[str]:
    if isinstance(question.survey, Heavy):
        return [question.cells.typed.label(form) for form in answer.labels]
    return list(answer.labels)


def _truth(question: Question, answer: Answer) -> Answer:
    """The exact values over the whole file of what an answer names."""
    if isinstance(question.survey, Heavy):
        return question.survey.shares_of(answer, question.cells.whole)
    return question.survey.truth(question.cells.whole)


def interval(result: Result) -> tuple[Floats, Floats]:
    """The ends of a 95% interval for each value over the whole file, as clipped: float64 (len(labels),).

    Of the noise, whose law is public, and of who is in the sum: those drawn, less those silent.
    """
    question, survey = result.question, result.question.survey
    values = np.array(result.answer.values, dtype=np.float64)
    count = len(result.release.sum.included)
    out_of = divisor(question, result.release.sum.total, count=count)
    noise = result.service.deviation(contributors=count)
    if noise is None:
        noise = _measured(result)
    each = noise / (survey.amount * max(out_of, 1.0)) * survey.scale
    half = _NORMAL * np.sqrt(each**2 * _terms(result) + _sampled(result, values, out_of=out_of))
    half = half + survey.scale / (2 * survey.amount) * (question.options.question == "mean" and not _exact(result))
    low, high = values - half, values + half
    if isinstance(survey, Mean):
        return np.clip(low, *survey.span), np.clip(high, *survey.span)
    return np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0)


def _exact(result: Result) -> bool:
    """Whether rounding to steps changed nothing."""
    tally = result.question.cells.tally(result.included)
    before = result.question.survey.clipped(tally).values[0]
    span = result.question.survey.scale
    return abs(before - _encoded(result).values[0]) <= 1e-9 * span


def _terms(result: Result) -> float:
    """How many entries' noise is in a value: two where a noised number of rows divides it."""
    return 2.0 if result.question.survey.counted else 1.0


def _measured(result: Result) -> float:
    """The deviation of a noise whose law is not known here, from draws of it."""
    service = result.service
    zeros = np.zeros((len(result.release.sum.included), service.task.length), dtype=np.int64)
    found = np.stack([service.unguarded(zeros) for _ in range(DRAWS)])
    return float(np.sqrt(np.mean(np.square(found, dtype=np.float64))))


def _sampled(result: Result, values: Floats, *, out_of: float) -> Floats:
    """The variance of each value because not all devices of the file are in the sum."""
    question, count = result.question, len(result.release.sum.included)
    everyone = question.cells.population
    if not question.noised:
        if count >= everyone or count < 2:
            return np.zeros(len(values))
        spread = question.survey.spread(result.answer)
        if question.options.question == "mean":
            spread = np.array([_variance(result)])
        return np.asarray(spread * (1 - count / everyone) / (count - 1) * everyone / (everyone - 1))
    # How spread the column is stays hidden: the most that the answer admits.
    rows = question.cells.whole.rows
    return np.asarray(question.survey.spread(result.answer) * max(0.0, 1 - out_of / rows) / max(out_of, 1.0))


def _variance(result: Result) -> float:
    tally = result.question.cells.tally(result.included)
    rows = tally.rows
    middle = float(np.dot(tally.numbers, tally.counts)) / rows
    return float(np.dot((tally.numbers - middle) ** 2, tally.counts)) / rows


def bar_note(result: Result) -> str:
    """What the intervals cover, in a sentence."""
    question, count = result.question, len(result.release.sum.included)
    causes = []
    if question.noised:
        causes.append("the noise")
    if count < question.cells.population or (question.noised and question.survey.counted):
        causes.append(f"only {count:,} of {question.cells.population:,} being in the sum" if not question.noised
                      else "not everybody being in the sum")  # fmt: skip
    if not causes:
        return "Everybody is in the sum and no noise is added, so there is no error bar."
    clipped = ", for the clipped answer" if question.survey.outside(question.cells.whole) else ""
    return f"95% intervals for {' and '.join(causes)}{clipped}."


def errors_of(result: Result) -> dict[str, float]:
    """How far the answer is from the truth of the whole file, step by step: sampling, clipping, binning, noise.

    Of a mean with its sign in the column's unit, and they add up; of shares as total variation distances.
    """
    question, survey = result.question, result.question.survey
    inside = question.cells.tally(result.included)
    truth, drawn = _truth(question, result.answer), survey.truth(inside)
    clipped = survey.clipped(inside)
    if isinstance(survey, Heavy):
        drawn = clipped = survey.shares_of(result.answer, inside)
    encoded = _encoded(result)
    found = {
        "sampling": survey.apart(drawn, truth),
        "clipping": survey.apart(clipped, drawn),
        "binning": survey.apart(encoded, clipped),
        "noise": survey.apart(result.answer, encoded),
    }
    # What is left of adding up in another order is no error.
    return {step: 0.0 if abs(error) < _DUST * survey.scale else error for step, error in found.items()}


def _encoded(result: Result) -> Answer:
    """The answer from the exact sum of those included."""
    survey, count = result.question.survey, float(max(len(result.release.sum.included), 1))
    total = np.asarray(result.total, dtype=np.float64)
    found = survey.estimate(total, out_of=count)
    if not isinstance(survey, Heavy):
        return found
    names = found.as_dict()
    return Answer(result.answer.labels, tuple(names.get(label, 0.0) for label in result.answer.labels))


_STEPS: Mapping[str, str] = {
    "sampling": "those in the sum, against the whole file",
    "clipping": "each within the range, against those in the sum as they are",
    "binning": "rounded to whole steps, against exact numbers",
    "noise": "as released, against the exact sum",
}


def quality_metrics(result: Result) -> list[Metric]:
    """Accuracy of the answer against the whole file, its error step by step, and how many are in the sum."""
    question, survey = result.question, result.question.survey
    generated, n = question.cells.generated, question.cells.whole.rows
    count = len(result.release.sum.included)
    value = survey.accuracy(result.answer, question.cells.whole)
    apart = np.abs(result.release.sum.total - result.total).max() / survey.amount * survey.scale
    unit = "devices" if survey.scale == 1.0 and question.options.question != "mean" else "in the column's unit"
    secret = question.noised and question.sampling < 1.0
    why = "how many took part stays hidden, as the noise relies on it" if secret else ""
    note = f"against the whole file of {n:,} rows"
    metrics = [
        Metric("answer_accuracy", value, n=n, unit="share", better="higher", simulated=generated, note=note),
        Metric(
            "sum_error", float(apart), n=survey.length, unit=unit, better="lower", simulated=generated,
            note=f"largest entry, against those included; {survey.error}",
        ),
        Metric("included", None if secret else float(count), n=1, unit="contributions", note=why),
        Metric(
            "clipped", float(survey.outside(question.cells.tally(result.included))), n=1, unit="rows", better="lower",
            simulated=generated, note="rows in the sum that clipping changed",
        ),
    ]  # fmt: skip
    unit = "in the column's unit" if question.options.question == "mean" else "share"
    for step, error in errors_of(result).items():
        metrics.append(
            Metric(f"error_{step}", error, n=1, unit=unit, simulated=generated, note=f"{_STEPS[step]}")
        )  # fmt: skip
    return metrics


def _redrawn(result: Result, metrics: list[Metric]) -> list[Metric]:
    """The accuracy over many draws of the noise in place of that of one; only generated data is used again for free."""
    question = result.question
    if not (question.noised and question.cells.generated):
        return metrics
    vectors = np.stack([result.vectors[contributor(i)] for i in result.release.sum.included])
    shares = []
    for _ in range(DRAWS if len(vectors) <= 1000 else 1):
        answer = answer_of(question, result.service.unguarded(vectors), count=len(vectors))
        shares.append(question.survey.accuracy(answer, question.cells.whole))
    value, low, high = mean(shares)
    note = f"mean over {len(shares)} draws of the noise; the answer kept here is one of its own"
    better = Metric("answer_accuracy", value, low, high, len(shares), "share", "higher", "measured", True, note)
    return [better if m.key == "answer_accuracy" else m for m in metrics]


def _notes(result: Result) -> list[str]:
    question, service = result.question, result.service
    options = question.options
    outside = question.survey.outside(question.cells.tally(result.included))
    notes = [f"{outside:,} rows were clipped." if outside else "No row was clipped."]
    notes.append(f"Sums: {question.survey.error}.")
    if service.randomiser is None:
        notes.append("The sum is divided by the number of devices in it. Everybody learns that number.")
        if options.share < 1:
            notes.append(f"The seed draws each device into the cohort with chance {options.share:g}: a simulation.")
        return notes
    notes.append(service.randomiser.statement(service.task))
    by = (
        "the number of rows in it, with noise"
        if question.survey.counted
        else f"{question.devices:,}, the number of devices"
    )
    secret = ", as how many took part stays hidden" if question.sampling < 1.0 else ""
    notes.append(f"The sum is divided by {by}{secret}.")
    if options.share < 1:
        notes.append("The cohort is drawn with the operating system's randomness.")
    if question.sampling < 1.0:
        notes.append(
            "This record's transcript tells how many took part. For its readers only the bound without sampling holds."
        )
    if not question.cells.generated:
        notes += [
            "The truth beside the answer comes from the file on this device. Pass the answer on without the truth, "
            "or the noise protects nobody.",
            "The ledger knows this file by its bytes. The same people in another file have a second budget there. "
            "The ledger cannot notice that, and what both files tell of them adds up.",
        ]
    return notes
