"""What a page says of a feed: what moved, and what the attacker reads from this very view."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from privacy.plugin import Metric
from privacy.plugin.attacks import LinearReader
from privacy.plugin.measuring import FINE
from privacy.plugin.running import Floats

View = Literal["scoring", "whole", "together"]
Mark = Literal["same", "up", "down", "new"]

Outcome = Literal["reads it", "at chance", "not settled", "too few to tell", "no verdict"]

_SENTENCES: dict[Outcome, str] = {
    "reads it": "The attacker does better than guessing.",
    "at chance": "The attacker does no better than guessing.",
    "not settled": "Above guessing, but one honest run in forty gets this far by chance: not settled.",
    "too few to tell": "Too few people to tell: guessing and a large advantage are both still possible.",
    "no verdict": "The attack says nothing here: its plain control is too weak.",
}


@dataclass(frozen=True)
class Move:
    """Where an item of the new feed stood in the previous one: `by` places up or down, or not at all."""

    item: int
    mark: Mark
    by: int = 0


def moves(previous: list[int], current: list[int]) -> list[Move]:
    """How `current` differs from `previous`, item by item in the order of `current`."""
    place = {item: i for i, item in enumerate(previous)}
    out = []
    for i, item in enumerate(current):
        if item not in place:
            out.append(Move(item, "new"))
        elif place[item] == i:
            out.append(Move(item, "same"))
        else:
            out.append(Move(item, "up" if place[item] > i else "down", abs(place[item] - i)))
    return out


@dataclass(frozen=True)
class Verdict:
    """The attack on one view: its advantage over guessing on held-out people, its control, and its guess now."""

    view: View
    attribute: Metric | None
    control: Metric | None
    taste: Metric | None
    guessed_topic: int | None
    true_topic: int | None
    guessed_attribute: int | None
    true_attribute: int | None
    taste_control: Metric | None = None
    topic_named: Metric | None = None
    attribute_named: Metric | None = None

    @property
    def outcome(self) -> Outcome:
        """What the interval of the attribute's advantage admits to say."""
        return outcome_of(self.attribute)

    @property
    def topic_outcome(self) -> Outcome:
        """What the interval of the favourite topic's advantage admits to say."""
        return outcome_of(self.taste)

    @property
    def succeeds(self) -> bool | None:
        """Whether the attack reads the attribute; None where that is not settled or the control failed."""
        return {"reads it": True, "at chance": False}.get(self.outcome)

    @property
    def sentence(self) -> str:
        """The verdict on the attribute in words, never as a guarantee."""
        return sentence_of(self.outcome)


def outcome_of(found: Metric | None) -> Outcome:
    """What the interval of an advantage admits to say.

    A 95% interval lies above 0 by chance in one honest run of forty; above 0 by half the value, in one of 20,000. What
    lies between is not settled. One that holds 0 and rules no large advantage out is of too few people.
    """
    if found is None or found.value is None or found.low is None:
        return "no verdict"
    if found.low <= 0:
        return "at chance" if found.high is not None and found.high <= FINE else "too few to tell"
    return "reads it" if found.low > found.value / 2 else "not settled"


def sentence_of(outcome: Outcome) -> str:
    """An outcome in words, never as a guarantee."""
    return _SENTENCES[outcome]


def verdicts(
    features: dict[str, list[float]], truth: dict[str, int], metrics: list[Metric], readers: dict[str, LinearReader]
) -> list[Verdict]:
    """The verdict on each view, applied to one person's features: `together` where several servers score."""
    by_key = {m.key: m for m in metrics}
    out = []
    views: list[tuple[View, str]] = [("scoring", "_scoring"), ("whole", ""), ("together", "_together")]
    for view, suffix in views:
        if view not in features:
            continue
        x = np.array(features[view])
        out.append(
            Verdict(
                view,
                by_key.get(f"attribute_advantage{suffix}"),
                by_key.get(f"attribute_advantage{suffix}_control"),
                by_key.get(f"taste_advantage{suffix}"),
                _guess(readers.get(f"topic/{view}"), x),
                truth.get("topic"),
                _guess(readers.get(f"attribute/{view}"), x),
                truth.get("attribute"),
                by_key.get(f"taste_advantage{suffix}_control"),
                by_key.get(f"topic_named{suffix}"),
                by_key.get(f"attribute_named{suffix}"),
            )
        )
    return out


def _guess(reader: LinearReader | None, features: Floats) -> int | None:
    # Another code version may have read views differently: no guess is better than a wrong one.
    return reader.guess(features) if reader is not None and len(reader.centre) == len(features) else None
