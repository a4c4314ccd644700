"""What is there to try: the shipped domains with their gold, five demo labelers, and simulated crowds for a round."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin import ParamError
from privacy.plugin.running import StateError
from workloads.labeling.crowds.plan import (
    COLLUDERS,
    COPYCATS,
    GOLD_AWARE,
    HONEST,
    KINDS,
    LAZY,
    SLEEPERS,
    SLOPPY,
    SPAMMERS,
    TARGETED,
)
from workloads.labeling.images import shipped
from workloads.labeling.rounds.service import Rounds
from workloads.labeling.rounds.terms import DEMO, OPEN, QUALIFIED, SIMULATED

LABELERS = {"demo-ada": "Ada", "demo-ben": "Ben", "demo-chi": "Chi", "demo-dee": "Dee", "demo-eli": "Eli"}
_TARGETS = 0.15
_CARELESS = 0.55
_SLOPPY = (0.2, 0.6)


def ready(rounds: Rounds) -> Rounds:
    """The rounds with the shipped domains and the demo labelers, added where they are absent."""
    there = {domain.id for domain in rounds.domains()}
    for id_, domain in shipped.DOMAINS.items():
        if id_ not in there:
            rounds.add_domain(domain, shipped.gold_of(id_))
    known = {one for one, _, _ in rounds.labelers()}
    for labeler, name in LABELERS.items():
        if labeler not in known:
            rounds.join(labeler, name=name, kind=DEMO)
    return rounds


@dataclass(frozen=True)
class Filled:
    """What a simulated crowd did: how many labelers came, how many passed the gate, and how many votes they cast."""

    came: int
    passed: int
    votes: int


@dataclass(frozen=True)
class CrowdOf:
    """A simulated crowd: how many labelers, of which kind the dishonest part is, and how large it is."""

    labelers: int = 20
    kind: str = HONEST
    share: float = 0.0
    skill: tuple[float, float] = (8.0, 2.0)

    def __post_init__(self) -> None:
        if self.kind not in KINDS or not 1 <= self.labelers <= 500 or not 0 <= self.share <= 1:
            raise ParamError("a simulated crowd has 1 to 500 labelers of a known kind", then="change one of these")


def fill(
    rounds: Rounds, number: int, crowd: CrowdOf, *, seed: int, tell: Callable[[int, int], None] = lambda a, b: None
) -> Filled:
    """Let a simulated crowd qualify on gold and vote on a round until it is full. StateError where it is not open."""
    one = rounds.round(number)
    if one.state != OPEN:
        raise StateError(f"round {number} is {one.state}: it takes no votes", then="choose an open round")
    rng = np.random.default_rng([seed, number])
    items = rounds.images(number)
    minds = [_Mind.of(crowd, at, rng, classes=len(one.domain.classes)) for at in range(crowd.labelers)]
    lies = _Lies({image: int(shipped.truth(image)) for _, image in items}, rng, classes=len(one.domain.classes))
    voters: list[tuple[str, _Mind]] = []
    for at, mind in enumerate(minds):
        tell(at, 2 * len(minds))
        labeler = f"simulated-{number}-{seed}-{at}"
        rounds.join(labeler, name=f"Simulated {at + 1}", kind=SIMULATED)
        while (image := rounds.next_gold(labeler, one.domain.id)) is not None:
            rounds.answer_gold(labeler, one.domain.id, image, mind.on_gold(int(shipped.truth(image))))
        if rounds.standing(labeler, one.domain.id).state == QUALIFIED:
            voters.append((labeler, mind))
    votes, even = 0, -(-len(items) * one.terms.votes // max(1, len(voters)))
    # An even part each, then once more for what is left over.
    for at, (labeler, mind) in enumerate([*voters, *voters]):
        tell(len(minds) + at // 2, 2 * len(minds))
        mine = rounds.wanting(labeler, number, most=even)
        answers = {place: mind.on_item(image, lies) for place, image in mine}
        if answers:
            rounds.vote_all(labeler, number, answers)
        votes += len(answers)
    tell(2 * len(minds), 2 * len(minds))
    return Filled(len(minds), len(voters), votes)


class _Lies:
    """What a ring has agreed on: a wrong class for each image, a careless answer, and the images that it targets."""

    def __init__(self, truth: dict[str, int], rng: np.random.Generator, *, classes: int) -> None:
        self.truth = truth
        self.wrong = {image: int((right + rng.integers(1, classes)) % classes) for image, right in truth.items()}
        self.careless = {i: right if rng.random() < _CARELESS else self.wrong[i] for i, right in truth.items()}
        self.targets = {image for image in truth if rng.random() < _TARGETS}


@dataclass(frozen=True)
class _Mind:
    """How one simulated labeler answers."""

    kind: str
    skill: float
    classes: int
    rng: Any

    @classmethod
    def of(cls, crowd: CrowdOf, at: int, rng: np.random.Generator, *, classes: int) -> "_Mind":
        kind = crowd.kind if at < round(crowd.share * crowd.labelers) else HONEST
        skill = float(rng.beta(*crowd.skill))
        if kind == SLOPPY:
            skill = 1 / classes + (skill - 1 / classes) * float(rng.uniform(*_SLOPPY))
        return cls(kind, skill, classes, np.random.default_rng(int(rng.integers(2**63))))

    def _honest(self, right: int) -> int:
        if self.rng.random() < self.skill:
            return right
        return int((right + self.rng.integers(1, self.classes)) % self.classes)

    def on_gold(self, right: int) -> int:
        """The answer to a gold question."""
        if self.kind == SPAMMERS:
            return int(self.rng.integers(self.classes))
        if self.kind == LAZY:
            return 0
        return right if self.kind == GOLD_AWARE else self._honest(right)

    def on_item(self, image: str, lies: _Lies) -> int:
        """The answer to an item of a round."""
        right = lies.truth[image]
        if self.kind in (SPAMMERS, LAZY):
            return self.on_gold(right)
        if self.kind in (COLLUDERS, GOLD_AWARE, SLEEPERS) or (self.kind == TARGETED and image in lies.targets):
            return lies.wrong[image]
        return lies.careless[image] if self.kind == COPYCATS else self._honest(right)
