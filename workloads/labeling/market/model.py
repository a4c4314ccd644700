"""The model that is trained on a data set here: one hidden layer, by stochastic gradient steps, in NumPy.

It is small on purpose: one iteration is a pass over a few hundred images and takes milliseconds, and it is a real one.
The same seed and data give the same weights, so that a training that was killed goes on where it was.
"""

from dataclasses import dataclass

import numpy as np

from privacy.plugin import DataError
from workloads.labeling.market.pixels import INPUTS
from workloads.labeling.votes.arrays import Floats, Ints

HIDDEN = 64
_BATCH, _STEP, _DECAY = 16, 0.15, 1e-4
_NAMES = ("w1", "b1", "w2", "b2")


@dataclass(frozen=True)
class Weights:
    """The weights: w1 (inputs, hidden), b1 (hidden,), w2 (hidden, classes), b2 (classes,); float32."""

    arrays: dict[str, np.ndarray]

    def to_file(self) -> bytes:
        """The bytes of a safetensors file."""
        from safetensors.numpy import save

        return save({name: self.arrays[name] for name in _NAMES})

    @classmethod
    def from_file(cls, body: bytes) -> "Weights":
        """Weights of a safetensors file. DataError for what is none of this model."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        try:
            found = load(body)
            shapes = [found[name].shape for name in _NAMES]
        except (SafetensorError, KeyError, ValueError) as error:
            raise DataError("a file of weights is not of this model", then="start the training again") from error
        if shapes != [(INPUTS, HIDDEN), (HIDDEN,), (HIDDEN, shapes[3][0]), shapes[3]]:
            raise DataError("a file of weights has other sizes", then="start the training again")
        return cls({name: found[name] for name in _NAMES})


@dataclass(frozen=True)
class Iteration:
    """What one pass gave: the weights, the mean loss on what it trained on, and the share right of what was kept out.

    `right` is None where nothing was kept out.
    """

    weights: Weights
    loss: float
    right: float | None


def fresh(*, classes: int, seed: int) -> Weights:
    """Weights before the first iteration."""
    rng = np.random.default_rng(seed)
    first = rng.normal(0, np.sqrt(2 / INPUTS), (INPUTS, HIDDEN))
    last = rng.normal(0, np.sqrt(1 / HIDDEN), (HIDDEN, classes))
    return Weights({
        "w1": first.astype(np.float32), "b1": np.zeros(HIDDEN, np.float32), "w2": last.astype(np.float32),
        "b2": np.zeros(classes, np.float32),
    })  # fmt: skip


def kept_out(count: int) -> Ints:
    """The places that are not trained on: every fifth, where there are ten or more."""
    return np.arange(0, count if count >= 10 else 0, 5)


def iterate(weights: Weights, x: Floats, y: Ints, *, seed: int, number: int) -> Iteration:
    """One pass over the images, float64 (n, 256), and their classes (n,), in an order that `seed` and `number` draw."""
    w1, b1, w2, b2 = (weights.arrays[name].astype(np.float64) for name in _NAMES)
    out = kept_out(len(x))
    train = np.setdiff1d(np.arange(len(x)), out)
    order = np.random.default_rng([seed, number]).permutation(train)
    loss = 0.0
    for start in range(0, len(order), _BATCH):
        some = order[start : start + _BATCH]
        inputs, labels = x[some] - 0.5, y[some]
        hidden = np.maximum(inputs @ w1 + b1, 0)
        likely = _softmax(hidden @ w2 + b2)
        loss -= float(np.log(np.maximum(likely[np.arange(len(some)), labels], 1e-12)).sum())
        likely[np.arange(len(some)), labels] -= 1
        likely /= len(some)
        back = (likely @ w2.T) * (hidden > 0)
        w2 -= _STEP * (hidden.T @ likely + _DECAY * w2)
        b2 -= _STEP * likely.sum(axis=0)
        w1 -= _STEP * (inputs.T @ back + _DECAY * w1)
        b1 -= _STEP * back.sum(axis=0)
    made = Weights({n: a.astype(np.float32) for n, a in zip(_NAMES, (w1, b1, w2, b2), strict=True)})
    right = float((classes_of(made, x[out]) == y[out]).mean()) if len(out) else None
    return Iteration(made, loss / max(1, len(order)), right)


def classes_of(weights: Weights, x: Floats) -> Ints:
    """The class that the model gives to each image, int64 (n,)."""
    w1, b1, w2, b2 = (weights.arrays[name].astype(np.float64) for name in _NAMES)
    return np.asarray(np.argmax(np.maximum((x - 0.5) @ w1 + b1, 0) @ w2 + b2, axis=1), dtype=np.int64)


def _softmax(logits: Floats) -> Floats:
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))
