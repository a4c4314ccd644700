"""Simulated labelers of classes in a round: how each answers gold, and items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workloads.labeling.crowds.plan import (
    COLLUDERS,
    COPYCATS,
    GOLD_AWARE,
    LAZY,
    SLEEPERS,
    SLOPPY,
    SPAMMERS,
    TARGETED,
)
from workloads.labeling.rounds.service import Round, Rounds

_TARGETS = 0.15
_CARELESS = 0.55
_SLOPPY = (0.2, 0.6)


class Lies:
    """What a ring has agreed on: a wrong class for each image, a careless answer, and the images that it targets."""

    def __init__(self, truth: Mapping[str, int], rng: np.random.Generator, *, classes: int) -> None:
        self.truth = truth
        self.wrong = {image: int((right + rng.integers(1, classes)) % classes) for image, right in truth.items()}
        self.careless = {i: right if rng.random() < _CARELESS else self.wrong[i] for i, right in truth.items()}
        self.targets = {image for image in truth if rng.random() < _TARGETS}


@dataclass(frozen=True)
class Mind:
    """How one simulated labeler answers."""

    kind: str
    skill: float
    classes: int
    lies: Lies
    rng: Any

    def _honest(self, right: int) -> int:
        if self.rng.random() < self.skill:
            return right
        return int((right + self.rng.integers(1, self.classes)) % self.classes)

    def on_gold(self, image: str) -> int:
        """The answer to a gold question."""
        right = self.lies.truth[image]
        if self.kind == SPAMMERS:
            return int(self.rng.integers(self.classes))
        if self.kind == LAZY:
            return 0
        return right if self.kind == GOLD_AWARE else self._honest(right)

    def on_item(self, image: str) -> int:
        """The answer to an item of a round."""
        lies = self.lies
        if self.kind in (SPAMMERS, LAZY):
            return self.on_gold(image)
        if self.kind in (COLLUDERS, GOLD_AWARE, SLEEPERS) or (self.kind == TARGETED and image in lies.targets):
            return lies.wrong[image]
        return lies.careless[image] if self.kind == COPYCATS else self._honest(lies.truth[image])


def crowd(
    rounds: Rounds,
    one: Round,
    truth: Mapping[str, Any],
    kinds: Sequence[str],
    *,
    skill: tuple[float, float],
    rng: np.random.Generator,
) -> list[Mind]:
    """Labelers of these kinds for a round; `skill` is the Beta of honest ones."""
    classes = len(one.domain.classes)
    lies = Lies(truth, rng, classes=classes)
    made = []
    for kind in kinds:
        right = float(rng.beta(*skill))
        if kind == SLOPPY:
            right = 1 / classes + (right - 1 / classes) * float(rng.uniform(*_SLOPPY))
        made.append(Mind(kind, right, classes, lies, np.random.default_rng(int(rng.integers(2**63)))))
    return made
