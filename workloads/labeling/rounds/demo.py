"""What is there to try: the shipped domains with their gold, five demo labelers, and simulated crowds for a round."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from privacy.plugin import ParamError
from privacy.plugin.running import StateError
from workloads.labeling.crowds.boxes import BOX_KINDS
from workloads.labeling.crowds.plan import HONEST, KINDS
from workloads.labeling.images import shipped
from workloads.labeling.rounds import drawers, minds
from workloads.labeling.rounds.service import Round, Rounds
from workloads.labeling.rounds.terms import BOXES, DEMO, OPEN, QUALIFIED, SIMULATED

LABELERS = {"demo-ada": "Ada", "demo-ben": "Ben", "demo-chi": "Chi", "demo-dee": "Dee", "demo-eli": "Eli"}


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
        if self.kind not in (*KINDS, *BOX_KINDS) or not 1 <= self.labelers <= 500 or not 0 <= self.share <= 1:
            raise ParamError("a simulated crowd has 1 to 500 labelers of a known kind", then="change one of these")

    def kinds(self) -> list[str]:
        """The kind of each labeler, the dishonest ones first."""
        liars = round(self.share * self.labelers)
        return [self.kind if at < liars else HONEST for at in range(self.labelers)]


def kinds_of(one: Round) -> Sequence[str]:
    """The kinds of simulated labelers that there are for a round."""
    return BOX_KINDS if one.domain.kind == BOXES else KINDS


def fill(
    rounds: Rounds, number: int, crowd: CrowdOf, *, seed: int, tell: Callable[[int, int], None] = lambda a, b: None
) -> Filled:
    """Let a simulated crowd qualify on gold and vote on a round until it is full. StateError where it is not open."""
    one = rounds.round(number)
    if one.state != OPEN:
        raise StateError(f"round {number} is {one.state}: it takes no votes", then="choose an open round")
    if crowd.kind not in kinds_of(one):
        what = f"labelers of the kind {crowd.kind} do not label {one.domain.kind}"
        raise ParamError(what, then=f"choose one of {', '.join(kinds_of(one))}")
    rng = np.random.default_rng([seed, number])
    items = rounds.images(number)
    truth = known_of(rounds, one, [image for _, image in items])
    part = drawers if one.domain.kind == BOXES else minds
    people = part.crowd(rounds, one, truth, crowd.kinds(), skill=crowd.skill, rng=rng)
    voters = []
    for at, person in enumerate(people):
        tell(at, 2 * len(people))
        labeler = f"simulated-{number}-{seed}-{at}"
        rounds.join(labeler, name=f"Simulated {at + 1}", kind=SIMULATED)
        while (image := rounds.next_gold(labeler, one.domain.id)) is not None:
            rounds.answer_gold(labeler, one.domain.id, image, person.on_gold(image))
        if rounds.standing(labeler, one.domain.id).state == QUALIFIED:
            voters.append((labeler, person))
    turns = [voters[i] for i in rng.permutation(len(voters))]
    have = Counter({item.place: item.votes for item, _, _ in rounds.items(number)})
    votes, even = 0, -(-len(items) * one.terms.votes // max(1, len(voters)))
    # An even part each, then once more for what is left over.
    for at, (labeler, person) in enumerate([*turns, *turns]):
        tell(len(people) + at // 2, 2 * len(people))
        # Of those with the fewest votes whichever chance draws: who meets whom must not follow a pattern.
        wanted = rounds.wanting(labeler, number, most=len(items))
        mine = sorted(wanted, key=lambda one: (have[one[0]], rng.random()))[:even]
        answers = {place: person.on_item(image) for place, image in mine}
        if answers:
            rounds.vote_all(labeler, number, answers)
            have.update(answers.keys())
        votes += len(answers)
    tell(2 * len(people), 2 * len(people))
    return Filled(len(people), len(voters), votes)


def known_of(rounds: Rounds, one: Round, images: Sequence[str]) -> dict[str, Any]:
    """What is truly on the images of a round and on the gold of its domain: simulated labelers see that.

    ParamError where nobody knows it of an image.
    """
    gold = rounds.gold(one.domain.id)
    theirs = f"{one.domain.id}-"
    ships = {
        image: shipped.truth(image) for image in images if one.domain.id in shipped.DOMAINS and image.startswith(theirs)
    }
    if missing := [image for image in images if image not in ships and image not in gold]:
        what = f"nobody knows what is on {len(missing)} images of this round, and simulated labelers cannot see"
        raise ParamError(what, then="let people label it, or say what is on its images")
    return gold | ships
