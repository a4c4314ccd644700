"""A crowd that draws boxes, drawn with a seed: the true boxes, gold, and who drew what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from privacy.plugin import ParamError, UnknownNameError
from workloads.labeling.boxes.box import Box
from workloads.labeling.boxes.drawn import Drawing, Drawn
from workloads.labeling.boxes.hands import corners_of
from workloads.labeling.boxes.overlaps import shares
from workloads.labeling.crowds.drawing import BOX_WORDS, Hand, Skills, by_chance, lies_about
from workloads.labeling.crowds.plan import GOLD_AWARE, HONEST
from workloads.labeling.crowds.simulate import kinds_of
from workloads.labeling.votes.arrays import Ints

SIZE = (640, 480)
_APART = 0.45
"""True boxes that overlap by this or more are one thing."""
BOX_KINDS = tuple(BOX_WORDS)


@dataclass(frozen=True)
class BoxPlan:
    """A crowd. `shares` are of workers, by kind; the rest is honest. `votes` are looks at an item.

    `gold` is the share of items whose boxes are known, `targets` that of items on which a targeted ring lies.
    """

    items: int = 200
    workers: int = 20
    votes: int = 5
    classes: int = 5
    gold: float = 0.1
    shares: Mapping[str, float] = field(default_factory=dict)
    skills: Skills = field(default_factory=Skills)
    targets: float = 0.15

    def __post_init__(self) -> None:
        for kind in self.shares:
            if kind not in BOX_KINDS[1:]:
                raise UnknownNameError("kind of worker", kind, BOX_KINDS[1:])
        if min(self.shares.values(), default=0) < 0 or sum(self.shares.values()) > 1:
            raise ParamError("the shares of a crowd are below 0 or sum to more than 1", then="lower them")
        if self.items < 1 or self.classes < 1 or not 1 <= self.votes <= self.workers:
            what = "a crowd has items, a class, and as many workers as an item has looks"
            raise ParamError(what, then="change one of these")


@dataclass(frozen=True, eq=False, repr=False)
class BoxCrowd:
    """What was drawn: `truth` the boxes of all items, `gold` those of some, `kind` a place in BOX_KINDS, (workers,)."""

    drawn: Drawn
    truth: dict[int, tuple[Box, ...]]
    gold: dict[int, tuple[Box, ...]]
    kind: Ints

    @property
    def honest(self) -> Ints:
        """Places of the honest workers."""
        return np.flatnonzero(self.kind == BOX_KINDS.index(HONEST))


def simulate_boxes(plan: BoxPlan, *, seed: int) -> BoxCrowd:
    """Draw the crowd of a plan; the same seed draws the same."""
    rng = np.random.default_rng(seed)
    kind = kinds_of(BOX_KINDS, plan.shares, workers=plan.workers, rng=rng)
    hands = [Hand.of(BOX_KINDS[of], plan.skills, rng) for of in kind]
    truth = {item: _things(plan, rng) for item in range(plan.items)}
    gold = {item: boxes for item, boxes in truth.items() if rng.random() < plan.gold}
    drawings: list[Drawing] = []
    for item, true in truth.items():
        lies = lies_about(true, size=SIZE, classes=plan.classes, rng=rng)
        target = bool(rng.random() < plan.targets)
        for worker in rng.choice(plan.workers, plan.votes, replace=False).tolist():
            hand = hands[worker]
            # Whoever knows the gold draws well on it: all others cannot tell it from other items.
            boxes = hand.draw(
                true, lies, size=SIZE, classes=plan.classes, opened=item in gold and hand.kind == GOLD_AWARE,
                target=target, rng=rng,
            )  # fmt: skip
            drawings.append((item, worker, boxes))
    sizes = np.tile(SIZE, (plan.items, 1))
    drawn = Drawn.of(drawings, sizes=sizes, workers=plan.workers, classes=plan.classes)
    return BoxCrowd(drawn, truth, gold, kind)


def _things(plan: BoxPlan, rng: np.random.Generator) -> tuple[Box, ...]:
    """The true boxes of an item: one and a few more, none of which is nearly another."""
    kept: list[Box] = []
    for box in by_chance(1 + int(rng.poisson(1.5)), size=SIZE, classes=plan.classes, most=0.4, rng=rng):
        if not kept or shares(corners_of([box]), corners_of(kept)).max() < _APART:
            kept.append(box)
    return tuple(kept)
