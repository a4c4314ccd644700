"""Simulated labelers of boxes in a round: what each draws on gold, and on items."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workloads.labeling.boxes.box import Box, boxes_of
from workloads.labeling.crowds.drawing import Hand, Skills, lies_about
from workloads.labeling.rounds.service import Round, Rounds

_SKILLS = Skills(spread=0.05, miss=(1.0, 30.0), right=(30.0, 1.0), alarms=0.02, pad=0.04)
"""Honest labelers who pass the gold of the domains that ship: their images are easy for people."""
_TARGETS = 0.15


class Scene:
    """What is on each image, how large it is, and the wrong boxes that a ring has agreed on."""

    def __init__(
        self, truth: Mapping[str, list[Box]], sizes: Mapping[str, tuple[int, int]], classes: int, seed: int
    ) -> None:
        rng = np.random.default_rng(seed)
        self.truth, self.sizes, self.classes = truth, sizes, classes
        self.lies = {
            image: lies_about(boxes, size=sizes[image], classes=classes, rng=rng) for image, boxes in truth.items()
        }
        self.targets = {image for image in truth if rng.random() < _TARGETS}


@dataclass(frozen=True)
class Drawer:
    """How one simulated labeler draws."""

    hand: Hand
    scene: Scene
    rng: Any

    def on_gold(self, image: str) -> list[dict[str, int]]:
        """The boxes on a gold question: a ring draws well there, to be let in."""
        return self._drawn(image, gold=True)

    def on_item(self, image: str) -> list[dict[str, int]]:
        """The boxes on an item of a round."""
        return self._drawn(image, gold=False)

    def _drawn(self, image: str, *, gold: bool) -> list[dict[str, int]]:
        scene = self.scene
        boxes = self.hand.draw(
            scene.truth[image], scene.lies[image], size=scene.sizes[image], classes=scene.classes, opened=gold,
            target=not gold and image in scene.targets, rng=self.rng,
        )  # fmt: skip
        return [asdict(box) for box in boxes]


def crowd(
    rounds: Rounds,
    one: Round,
    truth: Mapping[str, Any],
    kinds: Sequence[str],
    *,
    skill: tuple[float, float],
    rng: np.random.Generator,
) -> list[Drawer]:
    """Labelers of these kinds for a round. Their skills are those of hands: `skill` is of classes alone."""
    classes = len(one.domain.classes)
    boxes = {image: boxes_of(value, classes=classes) for image, value in truth.items()}
    sizes = {image: rounds.size(image) for image in boxes}
    scene = Scene(boxes, sizes, classes, int(rng.integers(2**31)))
    return [
        Drawer(Hand.of(kind, _SKILLS, rng), scene, np.random.default_rng(int(rng.integers(2**63)))) for kind in kinds
    ]  # fmt: skip
