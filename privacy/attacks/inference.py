"""Attribute and taste inference: train on a panel whose answers are known, read off everyone else.

The attacker sends a panel of its own people through the very same channel, learns from their views what goes with
a sensitive attribute and with a favourite topic, and applies it to people it knows nothing of (held out).
"""

import warnings
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from privacy.primitives.scoring import Floats, Ints
from privacy.stats import Interval, advantage, auc, auc_interval


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


def attribute_advantage(reader: LinearReader, features: Floats, attribute: Ints) -> Interval:
    """2 AUC - 1 for a binary attribute on held-out people: features (n, F), attribute (n,)."""
    return advantage(reader.scores(features)[:, 0], attribute == max(reader.classes))


def taste_advantage(reader: LinearReader, features: Floats, topic: Ints) -> Interval:
    """2 AUC - 1 for the favourite topic: one topic against the rest, averaged over people.

    Each topic is ranked across people, so that naming what is popular anyway earns nothing. Every person is a
    positive exactly once, so the interval is that of an AUC with as many positives as people.
    """
    scores = reader.scores(features)
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
