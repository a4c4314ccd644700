"""The figures of one round of a survey: how good its answer is, and what it cost each party."""

import numpy as np

from privacy.boundary.transcript import Transcript
from privacy.primitives.aggregation import COLLECTOR, CONTRIBUTOR
from privacy.results import Metric
from privacy.stats import median
from workloads.survey.round import Asked

UNDONE = "the exact answer beside the noised one would undo the noise: not told of a person's own data"


def quality_metrics(asked: Asked) -> list[Metric]:
    """Accuracy of the answer against all devices, error of the sum against those included, and how many they are."""
    question, survey = asked.question, asked.question.survey
    generated = question.cells.generated
    n, count = len(question.cells.cells), len(asked.release.sum.included)
    hidden = question.noised and not generated
    value = None if hidden else survey.accuracy(asked.answer, question.cells.cells)
    apart = np.abs(asked.release.sum.total - asked.total).max() / survey.amount * survey.scale
    note = f"over all {n:,} devices; of those asked, some are not in the sum"
    unit = "devices" if survey.scale == 1.0 else "in the column's unit"
    secret = question.noised and float(getattr(question.stack.release_params, "sampling", 1.0)) < 1.0
    told = "how many took part is not told: the noise counts on it" if secret else ""
    return [
        Metric(
            "answer_accuracy", value, n=n, unit="share", better="higher", simulated=generated,
            note=UNDONE if hidden else note,
        ),
        Metric(
            "sum_error", None if hidden else float(apart), n=survey.length, unit=unit, better="lower",
            simulated=generated, note=UNDONE if hidden else f"largest entry, against those included; {survey.error}",
        ),
        Metric("included", None if secret else float(count), n=1, unit="contributions", note=told),
    ]  # fmt: skip


def cost_metrics(asked: Asked, transcript: Transcript) -> list[Metric]:
    """Time and bytes of one round, as the host observed them."""
    seconds = asked.release.outcome.seconds
    own = [s for p, s in seconds.items() if p.role == CONTRIBUTOR]
    collector = seconds.get(COLLECTOR, 0.0)
    aggregators = sum(s for p, s in seconds.items() if p.role != CONTRIBUTOR and p != COLLECTOR)
    sent = dict.fromkeys(asked.vectors, 0)
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
