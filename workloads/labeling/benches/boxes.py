"""How good the consensus on boxes is, on crowds of whom some lie, and what they are paid for it."""

from collections.abc import Callable, Iterable
from statistics import mean
from typing import Any

import numpy as np

from workloads.labeling.boxes.agreed import f1_of
from workloads.labeling.boxes.methods import AGREEMENT, LATENT, METHODS, consensus
from workloads.labeling.crowds.boxes import BoxCrowd, BoxPlan, simulate_boxes
from workloads.labeling.crowds.drawing import PADDING
from workloads.labeling.crowds.plan import COLLUDERS, GOLD_AWARE, LAZY, SLOPPY, SPAMMERS, TARGETED
from workloads.labeling.pay.boxes import box_scores

Tell = Callable[[str], None]

CLEAN, COLLUDE = "clean", "collude 45%"
MIXES: dict[str, dict[str, float]] = {
    CLEAN: {},
    "spam 40%": {SPAMMERS: 0.4},
    COLLUDE: {COLLUDERS: 0.45},
    "sloppy 50%": {SLOPPY: 0.5},
    "centre 30%": {LAZY: 0.3},
    "padding 45%": {PADDING: 0.45},
}
UNPAID = ("spam 40%", COLLUDE, "centre 30%")
"""Crowds whose attackers should earn nothing."""
UNSOLVED: dict[str, dict[str, float]] = {"gold-aware 45%": {GOLD_AWARE: 0.45}, "targeted 45%": {TARGETED: 0.45}}
"""Rings that draw well on gold: nothing here tells them from the honest. They are measured, and have no target."""
LEVELS = (0.5, 0.75)
_OVER, _OF_CLEAN, _PAY = 1.8, 0.85, 0.1


def boxes(tell: Tell, *, quick: bool, seed: int) -> dict[str, Any]:
    """20 workers, 5 looks an image: F1 of each method in each crowd, gold left out. `quick` is small, not to quote."""
    items, seeds = (60, 1) if quick else (200, 5)
    rows: list[dict[str, Any]] = []
    paid: dict[str, float] = {}
    for name, shares in (MIXES | UNSOLVED).items():
        tell(f"boxes, {name}")
        crowds = [simulate_boxes(BoxPlan(items=items, shares=shares), seed=seed + at) for at in range(seeds)]
        rows += [
            {"crowd": name, "method": method, "f1": [mean(column) for column in zip(*found, strict=True)]}
            for method in METHODS
            if (found := [_f1(crowd, method) for crowd in crowds])
        ]
        if name in (*UNPAID, *UNSOLVED):
            paid[name] = mean(_pay(crowd, seed=seed) for crowd in crowds)
    unsolved = {name: paid.pop(name) for name in UNSOLVED}
    strict = {(row["crowd"], row["method"]): row["f1"][1] for row in rows}
    over = strict[COLLUDE, LATENT] / strict[COLLUDE, AGREEMENT]
    of_clean = strict[COLLUDE, LATENT] / strict[CLEAN, LATENT]
    return {
        "items": items, "seeds": seeds, "workers": BoxPlan.workers, "votes": BoxPlan.votes, "levels": LEVELS,
        "rows": rows,
        "over_agreement": {"ratio": over, "target": _OVER, "met": over >= _OVER},
        "of_clean": {"ratio": of_clean, "target": _OF_CLEAN, "met": of_clean >= _OF_CLEAN},
        "unsolved": {"pay": unsolved, "solved": False},
        "pay": {"ratios": paid, "target": _PAY, "met": max(paid.values()) <= _PAY},
    }  # fmt: skip


def lines(found: dict[str, Any]) -> Iterable[str]:
    """The document as lines of text."""
    yield f"Boxes, {found['items']} images, {found['seeds']} seeds: F1 at overlap .5 / .75"
    crowds = list(dict.fromkeys(row["crowd"] for row in found["rows"]))
    yield f"  {'':<22}" + "".join(f"{name:>15}" for name in crowds)
    cells = {(row["crowd"], row["method"]): "/".join(f"{value:.3f}" for value in row["f1"]) for row in found["rows"]}
    for method, one in METHODS.items():
        yield f"  {one.name:<22}" + "".join(f"{cells[name, method]:>15}" for name in crowds)
    over, clean = found["over_agreement"], found["of_clean"]
    yield f"  at {COLLUDE}, .75: {over['ratio']:.2f} times agreement weights, {clean['ratio']:.2f} of clean"
    for name, ratio in found["pay"]["ratios"].items():
        yield f"  pay of attackers over honest, {name}: {ratio:.3f}"
    for name, ratio in found["unsolved"]["pay"].items():
        f1 = cells[name, LATENT]
        yield f"  unsolved, a ring that draws well on gold, {name}: {f1}, paid {ratio:.2f} times what the honest are"


def _f1(crowd: BoxCrowd, method: str) -> list[float]:
    made = consensus(method, crowd.drawn, gold=crowd.gold)
    return [float(f1_of(made.boxes, crowd.truth, least=at, without=crowd.gold)) for at in LEVELS]


def _pay(crowd: BoxCrowd, *, seed: int) -> float:
    """What attackers are paid for a look, over what the honest are."""
    made = consensus(LATENT, crowd.drawn, gold=crowd.gold)
    earned = box_scores(crowd.drawn, made, unpaid=crowd.gold, seed=seed)
    item, worker = crowd.drawn.seen.T
    looks = np.bincount(worker[~np.isin(item, list(crowd.gold))], minlength=crowd.drawn.workers)
    each = earned / np.maximum(looks, 1)
    honest = np.isin(np.arange(crowd.drawn.workers), crowd.honest)
    return float(each[~honest].mean() / each[honest].mean())
