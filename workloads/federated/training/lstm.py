"""The next-word model: word vectors, one LSTM, and a layer that scores every word. All weights are one flat vector.

The softmax and its cross-entropy are one step with its own gradient, and only the word vectors that occur are updated:
the same numbers as autograd's, in half the time.
"""

from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from workloads.federated.text.vocabulary import BEGIN, PAD, UNKNOWN
from workloads.federated.training.shape import Shape, Weights

_HAS = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
_ONEDNN = getattr(torch.ops.mkldnn, "_linear_pointwise", None) if _HAS else None


class Model:
    """The tensors of a flat vector, which they share memory with."""

    def __init__(self, shape: Shape, weights: Weights) -> None:
        self.shape, self.flat = shape, torch.from_numpy(weights)
        self.tensors: dict[str, Any] = {name: torch.from_numpy(part) for name, part in shape.split(weights).items()}

    def hidden(self, embedded: Any) -> Any:
        """The LSTM's states, (batch, time, width)."""
        t, width = self.tensors, self.shape.width
        batch, zero = embedded.shape[0], torch.zeros_like(t["gates"])
        start = torch.zeros(1, batch, width)
        weights = [t["input"], t["hidden"], t["gates"], zero]
        return torch.lstm(embedded, (start, start), weights, True, 1, 0.0, True, False, True)[0]

    def loss(self, rows: Any) -> tuple[float, float, int]:
        """Summed negative log-likelihood, right guesses, and how many words were guessed: of words that it knows."""
        with torch.no_grad():
            states = self.hidden(self.tensors["embedding"][rows[:, :-1]])
            scores = states.reshape(-1, self.shape.width) @ self.tensors["output"].t() + self.tensors["bias"]
            wanted = rows[:, 1:].reshape(-1)
            known = (wanted != PAD) & (wanted != UNKNOWN)
            scores, wanted = scores[known], wanted[known]
            total = torch.nn.functional.cross_entropy(scores, wanted, reduction="sum")
            # A keyboard suggests words: the end of a sentence, or one that it does not know, is no suggestion.
            scores[:, : BEGIN + 1] = -torch.inf
            return float(total), float((scores.argmax(1) == wanted).sum()), int(known.sum())

    def next_words(self, ids: list[int], *, most: int) -> list[tuple[int, float]]:
        """The likeliest next words after these, each with its chance."""
        with torch.no_grad():
            rows = torch.tensor([ids])
            state = self.hidden(self.tensors["embedding"][rows])[0, -1]
            chance = torch.softmax(self.tensors["output"] @ state + self.tensors["bias"], 0)
            chance[: BEGIN + 1] = 0
            top = torch.topk(chance, min(most, len(chance)))
            return [(int(i), float(c)) for i, c in zip(top.indices, top.values, strict=True)]


def step(model: Model, rows: Any, *, rate: float) -> float:
    """One step of stochastic gradient descent on a batch of sentences, in place; returns its mean loss."""
    tensors = model.tensors
    ids, wanted = rows[:, :-1].reshape(-1), rows[:, 1:].reshape(-1)
    embedded = tensors["embedding"][ids].view(*rows[:, :-1].shape, -1).requires_grad_()
    inner = [tensors[name].detach().requires_grad_() for name in ("input", "hidden", "gates")]
    states = _lstm(embedded, inner, model.shape.width).reshape(-1, model.shape.width)
    # After the last word comes the end: padding is what is foretold there, and nowhere else.
    kept = (ids != PAD).nonzero()[:, 0]
    flat, targets = states.detach()[kept], wanted[kept]
    scores = _linear(flat, tensors["output"], tensors["bias"])
    picked, largest = scores.gather(1, targets[:, None]), scores.amax(1, keepdim=True)
    torch.softmax(scores, 1, out=scores)
    # By the likeliest word, whose chance is never too small for a float.
    loss = float((largest - scores.amax(1, keepdim=True).log() - picked).mean())
    scores.scatter_add_(1, targets[:, None], torch.full_like(picked, -1.0))
    back = torch.zeros_like(states)
    back.index_copy_(0, kept, _linear(scores, tensors["output"].t(), None)).div_(len(targets))
    gradients = torch.autograd.grad(states, [embedded, *inner], back)
    with torch.no_grad():
        tensors["embedding"].index_add_(0, ids, gradients[0].reshape(len(ids), -1), alpha=-rate)
        for name, gradient in zip(("input", "hidden", "gates"), gradients[1:], strict=True):
            tensors[name].add_(gradient, alpha=-rate)
        tensors["output"].addmm_(scores.t(), flat, alpha=-rate / len(targets))
        tensors["bias"].add_(scores.sum(0), alpha=-rate / len(targets))
    return loss


def _linear(rows: Any, weights: Any, bias: Any) -> Any:
    """Rows times the transposed weights, and a bias: by oneDNN where torch has it, which is a fifth quicker here."""
    if _ONEDNN is not None:
        return _ONEDNN(rows, weights, bias, "none", [], "")
    found = rows @ weights.t()
    return found if bias is None else found.add_(bias)


def _lstm(embedded: Any, inner: list[Any], width: int) -> Any:
    start = torch.zeros(1, embedded.shape[0], width)
    weights = [*inner, torch.zeros_like(inner[2])]
    return torch.lstm(embedded, (start, start), weights, True, 1, 0.0, True, False, True)[0]


def train_client(
    shape: Shape, weights: Weights, rows: npt.NDArray[np.int64], *, epochs: int, batch: int, rate: float
) -> tuple[Weights, float]:
    """Runs on a device: train on its sentences, int64 (n, LENGTH + 2), in their order.

    Returns the update, float32 (length,), and the mean loss of the last epoch. It is pure: the same input gives the
    same update, whatever else runs.
    """
    model, data = Model(shape, weights.copy()), torch.from_numpy(rows)
    losses: list[float] = []
    for _ in range(epochs):
        losses = [step(model, data[at : at + batch], rate=rate) for at in range(0, len(data), batch)]
    made = model.flat.numpy()
    return np.subtract(made, weights, out=made), float(np.mean(losses))
