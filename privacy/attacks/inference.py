"""Attribute and category inference: train on a panel whose answers are known, read off everyone else.

The attacker sends a panel of its own people through the very same channel, learns from their views what goes with
a sensitive attribute and with a favourite topic, and applies it to people it knows nothing of (held out).
"""

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from privacy.primitives.scoring import Floats, Ints
from privacy.stats import Interval, advantage, auc, auc_interval

# How far a reader's log-odds may be scaled down, so that one that is too sure of itself is compared fairly.
_TRUST = np.geomspace(0.001, 1.0, 10)


@dataclass(frozen=True)
class LinearReader:
    """A trained attacker: standardise, then one linear score for each class. Plain numbers, so that it can be kept."""

    centre: list[float]
    scale: list[float]
    weights: list[list[float]]
    offsets: list[float]
    classes: list[int]

    def scores(self, features: Floats) -> Floats:
        """Log-odds (n, classes), or (n, 1) where there are two classes."""
        standard = (np.atleast_2d(features) - np.array(self.centre)) / np.array(self.scale)
        return np.asarray(standard @ np.array(self.weights).T + np.array(self.offsets), dtype=np.float64)

    def guess(self, features: Floats) -> int:
        """The class that the attacker names for one view, (F,)."""
        scores = self.scores(features)[0]
        return self.classes[int(scores[0] > 0)] if len(scores) == 1 else self.classes[int(scores.argmax())]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def train(features: Floats, labels: Ints, *, seed: int) -> LinearReader:
    """Fit the attacker on its panel: features (n, F), labels (n,). ValueError if there is one class only."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    centre, scale = features.mean(axis=0), features.std(axis=0)
    scale = np.where(scale < 1e-12, 1.0, scale)
    with warnings.catch_warnings():
        # Noise has no optimum to converge to; the held-out advantage judges the fit.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model = LogisticRegression(C=1.0, max_iter=300, random_state=seed).fit((features - centre) / scale, labels)
    return LinearReader(
        centre.tolist(),
        scale.tolist(),
        model.coef_.tolist(),
        model.intercept_.tolist(),
        model.classes_.astype(int).tolist(),
    )


def train_on_best(parts: Sequence[Floats], labels: Ints, *, seed: int) -> LinearReader:
    """Fit the attacker on whichever of its sources serves it best: each part (n, F_i) alone, or all of them together.

    It chooses by cross-validation on its own panel, because noise in one source can drown another. The reader takes all
    parts side by side, (n, sum F_i), and gives those that it does not use no weight.
    """
    together = np.hstack(parts)
    if len(parts) == 1:
        return train(together, labels, seed=seed)
    ends = np.cumsum([p.shape[1] for p in parts])
    spans = [slice(int(end) - p.shape[1], int(end)) for end, p in zip(ends, parts, strict=True)]
    choices = [*spans, slice(0, together.shape[1])]
    best = max(choices, key=lambda span: _panel_score(together[:, span], labels, seed=seed))
    reader = train(together[:, best], labels, seed=seed)
    width = together.shape[1]
    weights = np.zeros((len(reader.weights), width))
    centre, scale = np.zeros(width), np.ones(width)
    weights[:, best], centre[best], scale[best] = reader.weights, reader.centre, reader.scale
    return LinearReader(centre.tolist(), scale.tolist(), weights.tolist(), reader.offsets, reader.classes)


def _panel_score(features: Floats, labels: Ints, *, seed: int) -> float:
    """Mean log-likelihood of the true class on held-out thirds of the panel, at whichever trust in its scores is best.

    On a small panel every reader is surer than it should be: one that tells something could rank below one that tells
    nothing. Scaled down, noise reaches the likelihood of a blind guess and no more.
    """
    folds = np.random.default_rng(seed).permutation(len(labels)) % 3
    totals = np.zeros(len(_TRUST))
    for fold in range(3):
        inside, outside = folds != fold, folds == fold
        if len(np.unique(labels[inside])) < 2:
            return -math.inf
        reader = train(features[inside], labels[inside], seed=seed)
        scores = reader.scores(features[outside])
        scores = np.hstack([np.zeros_like(scores), scores]) if scores.shape[1] == 1 else scores
        trusted = scores * _TRUST[:, None, None]
        spread = trusted - np.logaddexp.reduce(trusted, axis=2, keepdims=True)
        place = {name: i for i, name in enumerate(reader.classes)}
        for i, label in enumerate(labels[outside].tolist()):
            # A class that the panel's other thirds do not hold gets the worst share, the same for every source.
            totals += spread[:, i, place[label]] if label in place else -10.0
    return float(totals.max()) / len(labels)


def attribute_advantage(reader: LinearReader, features: Floats, attribute: Ints) -> Interval:
    """2 AUC - 1 for a binary attribute on held-out people: features (n, F), attribute (n,)."""
    return advantage(reader.scores(features)[:, 0], attribute == max(reader.classes))


def category_advantage(reader: LinearReader, features: Floats, topic: Ints) -> Interval:
    """2 AUC - 1 for the favourite topic: one topic against the rest, averaged over people.

    Each topic is ranked across people, so that naming what is popular anyway earns nothing. Every person is a
    positive exactly once, so the interval is that of an AUC with as many positives as people.
    """
    scores = reader.scores(features)
    if scores.shape[1] == 1:  # two classes have one score between them
        scores = np.hstack([-scores, scores])
    scores = scores - scores.mean(axis=1, keepdims=True)
    total, people = 0.0, 0
    for column, name in enumerate(reader.classes):
        mine = topic == name
        if 0 < mine.sum() < len(mine):
            total += auc(scores[:, column], mine) * int(mine.sum())
            people += int(mine.sum())
    value = total / people
    low, high = auc_interval(value, positives=people, negatives=people)
    return 2 * value - 1, 2 * low - 1, 2 * high - 1
