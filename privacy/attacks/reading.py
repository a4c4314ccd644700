"""What an attacker makes of a server's view: numbers, wherever a wire's body can be read as numbers.

The attacker knows the protocol and the catalogue. A body that is a packed array is read as its numbers; indices of
items as the mean of those items' public vectors; everything else as generic statistics of bytes.
"""

import numpy as np

from privacy.attacks.features import body_features
from privacy.boundary.transcript import Message, View
from privacy.boundary.wire import unpack
from privacy.errors import WireError
from privacy.primitives.scoring import Floats

_MOST_NUMBERS = 1024


def read_scoring(view: View) -> Floats:
    """Features of the scoring step, float64 (F,): F depends on the protocol alone, not on the person."""
    return _joined([_numbers(m) for m in view.messages])


def read_together(view: View) -> Floats:
    """Features of a step to all of its servers together, float64 (F,): of wires of one kind, the shares are added up.

    Shares are unsigned words that wrap around; what they add up to is read as signed numbers.
    """
    kinds: dict[str, list[Message]] = {}
    for message in view.messages:
        kinds.setdefault(message.kind, []).append(message)
    return _joined([_added(messages) for messages in kinds.values()])


def _added(messages: list[Message]) -> Floats:
    try:
        arrays = [np.asarray(unpack(m.sample)) for m in messages]
    except WireError:
        return np.concatenate([body_features(m.sample) for m in messages])
    if len({(a.shape, a.dtype) for a in arrays}) > 1 or arrays[0].dtype.kind != "u":
        return np.concatenate([_numbers(m) for m in messages])
    total = arrays[0].copy()
    for other in arrays[1:]:
        total += other
    return np.asarray(total.view(f"i{total.dtype.itemsize}"), dtype=np.float64).ravel()


def read_lookup(view: View, *, vectors: Floats) -> Floats:
    """Features of the lookup step, float64 (F,): fetched ids become the mean public vector of what was fetched."""
    return _joined([_fetched(m, vectors) for m in view.messages])


def _joined(parts: list[Floats]) -> Floats:
    # An observer who receives nothing still makes one guess for everyone: a constant.
    return np.concatenate([np.zeros(1), *parts])


def _numbers(message: Message) -> Floats:
    try:
        array = unpack(message.sample)
    except WireError:
        return body_features(message.sample)
    values = np.asarray(array, dtype=np.float64).ravel()
    return values if values.size <= _MOST_NUMBERS else body_features(message.sample)


def _fetched(message: Message, vectors: Floats) -> Floats:
    try:
        indices = unpack(message.sample, shape=(None,), dtype=np.int64).astype(np.int64)
    except WireError:
        return body_features(message.sample)
    if indices.min() < 0 or indices.max() >= len(vectors):
        return body_features(message.sample)
    return np.asarray(vectors[indices].mean(axis=0), dtype=np.float64)
