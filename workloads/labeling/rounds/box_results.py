"""What a round of boxes comes to: its opened votes are counted here, by latent objects, with hidden gold as gold."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workloads.labeling.boxes.agreed import Agreed, f1_of
from workloads.labeling.boxes.box import Box, boxes_of
from workloads.labeling.boxes.drawn import Drawn
from workloads.labeling.boxes.methods import LATENT, METHODS, consensus
from workloads.labeling.images import shipped
from workloads.labeling.pay.boxes import box_scores
from workloads.labeling.pay.points import points
from workloads.labeling.rounds.service import Round, Rounds

LEVELS = (0.5, 0.75)
"""Overlaps from which on a box is right, as COCO's evaluation has them."""


@dataclass(frozen=True, eq=False, repr=False)
class BoxCount:
    """The count of a sealed round: every box drawn, the consensus, and what it is held against.

    `known` are true boxes by place: gold, audits, and images that ship. `closed` are the places of gold and audits,
    which are left out of every figure. `scores` has a row for each method, `labelers` one for each labeler.
    """

    drawn: Drawn
    found: Agreed
    known: dict[int, tuple[Box, ...]]
    gold: tuple[int, ...]
    audited: tuple[int, ...]
    scores: list[dict[str, Any]]
    labelers: list[dict[str, Any]]
    held: int

    @property
    def method(self) -> str:
        """The name of the consensus."""
        return METHODS[LATENT].name

    @property
    def labels(self) -> list[list[int]]:
        """The class of each box of each item."""
        return [[box.label for box in boxes] for boxes in self.found.boxes]

    @property
    def least_sure(self) -> list[float]:
        """How sure the least sure box of each item is; 1 where there is none."""
        return [min(sure, default=1.0) for sure in self.found.sure]


def drawn_of(rounds: Rounds, one: Round) -> Drawn:
    """The votes of a sealed round as arrays. StateError before the seal."""
    cast, classes = rounds.votes(one.id), one.domain.classes
    who = sorted({vote.labeler for vote in cast})
    places = {labeler: i for i, labeler in enumerate(who)}
    images = [image for _, image in rounds.images(one.id)]
    drawings = [(v.place, places[v.labeler], boxes_of(v.value, classes=len(classes))) for v in cast]
    return Drawn.of(
        drawings, sizes=[rounds.size(image) for image in images], workers=len(who), classes=len(classes),
        item_names=tuple(images), worker_names=tuple(who), class_names=classes,
    )  # fmt: skip


def key_of(rounds: Rounds, one: Round, *, seed: int = 0) -> str:
    """What the count follows from: the sealed votes, audits, and what is known of the images."""
    items = [(item.image, gold, audited) for item, gold, audited in rounds.items(one.id)]
    said = (
        str(rounds.book.path),
        one.id,
        one.seal,
        one.terms.points,
        seed,
        items,
        sorted(rounds.gold(one.domain.id).items()),
    )
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


def count_boxes(rounds: Rounds, one: Round, *, seed: int = 0) -> BoxCount:
    """Count a sealed round by every method; the recommended one is its consensus. StateError before the seal.

    `seed` draws the items that a drawing is held against for its pay.
    """
    drawn = drawn_of(rounds, one)
    classes = len(one.domain.classes)
    items = rounds.items(one.id)
    told = rounds.gold(one.domain.id)
    known: dict[int, tuple[Box, ...]] = {}
    for item, gold, audited in items:
        true = audited if audited is not None else gold if gold is not None else _true(item.image, one, told)
        if true is not None:
            known[item.place] = tuple(boxes_of(true, classes=classes))
    opened = tuple(item.place for item, gold, _ in items if gold is not None)
    audits = tuple(item.place for item, _, audited in items if audited is not None)
    closed = set(opened) | set(audits)
    voted = set(drawn.seen[:, 0].tolist())
    held = {place: boxes for place, boxes in known.items() if place not in closed and place in voted}
    pinned = {place: known[place] for place in closed}
    made = {name: consensus(name, drawn, gold=pinned) for name in METHODS}
    scores = [
        {"method": METHODS[name].name, "f1": [float(f1_of(a.boxes, held, least=at)) if held else None for at in LEVELS]}
        for name, a in made.items()
    ]  # fmt: skip
    labelers = _labelers(drawn, made[LATENT], unpaid=closed, budget=one.terms.points, seed=seed)
    return BoxCount(drawn, made[LATENT], known, opened, audits, scores, labelers, len(held))


def _true(image: str, one: Round, told: dict[str, Any]) -> Any:
    """What is known to be on an image that is not gold of the round: of one that ships, or of the domain's gold."""
    if one.domain.id in shipped.DOMAINS and image.startswith(f"{one.domain.id}-"):
        return shipped.truth(image)
    return told.get(image)


def _labelers(drawn: Drawn, found: Agreed, *, unpaid: set[int], budget: int, seed: int) -> list[dict[str, Any]]:
    """How each labeler drew, and its points; whoever earned most first."""
    given = points(box_scores(drawn, found, unpaid=unpaid, seed=seed), budget=budget)
    looks = np.bincount(drawn.seen[:, 1], minlength=drawn.workers)
    boxes = np.bincount(drawn.worker, minlength=drawn.workers)
    hands = found.hands
    assert hands is not None  # latent objects estimate hands
    rows = [
        {
            "name": drawn.name_of_worker(i), "looks": int(looks[i]), "boxes": int(boxes[i]), "points": int(given[i]),
            "sensitivity": float(hands.sensitivity[i]), "false_alarms": float(hands.false_alarms[i]),
            # Outwards on all four sides, whichever way an edge's axis runs.
            "padding": float((hands.padding[i] * (-1, -1, 1, 1)).mean()),
        }
        for i in range(drawn.workers)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: -row["points"])


def box_results(count: BoxCount) -> dict[str, Any]:
    """What a round is final with: boxes, how sure they are, and points."""
    return {
        "boxes": [as_json(boxes) for boxes in count.found.boxes], "sure": [list(s) for s in count.found.sure],
        "gold": list(count.gold), "audited": list(count.audited), "method": count.method,
        "points": {one["name"]: one["points"] for one in count.labelers},
    }  # fmt: skip


def as_json(boxes: Sequence[Box]) -> list[dict[str, int]]:
    """Boxes as JSON has them."""
    return [asdict(box) for box in boxes]
