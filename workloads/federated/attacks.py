"""Word recovery: what a device typed, read from what the aggregator received (after the leak of embedding gradients).

A word's vector moves only where the word occurs, and its bias grows only where it was the next word. So the rows of an
update that are not zero, and the biases that grew, are the words that its device typed: no guessing is needed. Where
no single update can be read, the attacker takes the sum, whose rows are the words of all; where that is noised too,
the most common words of public text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from privacy.plugin import AGGREGATOR, Metric, Party, WireError, unpack
from privacy.plugin.measuring import mean
from privacy.plugin.running import Ints, Transcript
from workloads.federated.plan import Plan
from workloads.federated.round import Result


@dataclass(frozen=True)
class Found:
    """What the attacker says of each device, and what it is held against."""

    guesses: dict[int, set[int]]
    way: str


def _readable(body: bytes, plan: Plan) -> Ints | None:
    try:
        found = unpack(body, shape=(plan.shape.length,))
    except WireError:
        return None
    return found.astype(np.int64) if found.dtype.kind in "iu" else None


def recover(plan: Plan, result: Result, transcript: Transcript, observers: Sequence[Party]) -> Found:
    """What whoever adds up reads of each device that is in the sum."""
    view = transcript.view(observers or [AGGREGATOR])
    guesses: dict[int, set[int]] = {}
    for index, place in zip(result.release.sum.included, result.included, strict=True):
        for message in view.messages:
            if message.sender.index == index and message.sender.role == "contributor":
                update = _readable(message.sample, plan)
                if update is not None and (items := plan.task.read(update)) is not None:
                    guesses[place] = items
    if len(guesses) == len(result.included):
        return Found(guesses, "each device's own update")
    union = plan.task.read(result.release.sum.total)
    if union is not None:
        return Found(dict.fromkeys(result.included, union), "the sum, which has the words of all devices")
    common = plan.task.common()
    return Found(dict.fromkeys(result.included, common), "public word counts, as nothing was read")


def word_metrics(plan: Plan, result: Result, found: Found) -> list[Metric]:
    """Precision and recall for one device, and of the baseline: guessing all words that any device of the sum typed."""
    truth = {place: plan.items_of(place) for place in result.included}
    everything = set().union(*truth.values())
    precision, recall, baseline = [], [], []
    for place, words in truth.items():
        guess = found.guesses.get(place, set())
        hit = len(guess & words)
        precision.append(hit / len(guess) if guess else 0.0)
        recall.append(hit / len(words) if words else 0.0)
        baseline.append(len(words) / len(everything) if everything else 0.0)
    note = f"read from {found.way}; the baseline guesses all that any device of the sum has"

    def figure(key: str, values: list[float]) -> Metric:
        value, low, high = mean(values)
        return Metric(key, value, low, high, len(values), "share", "lower", simulated=plan.found.simulated, note=note)

    return [
        figure("word_recovery_precision", precision), figure("word_recovery_recall", recall),
        figure("word_recovery_baseline", baseline),
    ]  # fmt: skip


def difference_metrics(plan: Plan, whole: Result, fewer: Result) -> list[Metric]:
    """What two released sums tell of the one device that is in the first alone: hiding updates does not hide that."""
    place = whole.places[-1]
    read = plan.task.read(whole.release.sum.total - fewer.release.sum.total)
    guess, truth = plan.task.common() if read is None else read, plan.items_of(place)
    hit = len(guess & truth)
    note = "of one device, from two sums whose cohorts differ only by it"
    if read is None:
        note = f"{note}; nothing was read, so the attacker guessed the most common words in public"

    def figure(key: str, value: float) -> Metric:
        return Metric(key, value, n=1, unit="share", better="lower", simulated=plan.found.simulated, note=note)

    return [
        figure("difference_precision", hit / len(guess) if guess else 0.0),
        figure("difference_recall", hit / len(truth) if truth else 0.0),
    ]
