"""Reading one device's answer from the aggregator's view: what its wires say, by themselves.

A body that is a packed array is compared with the known encodings; every other one is read generically, by an attacker
that was trained on devices whose answers it knows. Where training does not help on its own panel, it names what is
most common: that is no advantage, and no proof that there is nothing to learn.
"""

from collections.abc import Sequence

import numpy as np

from privacy.attacks.aggregation.kinds import Floats, Ints, Kinds, base_of, over_base
from privacy.attacks.features import body_features
from privacy.boundary.party import Party
from privacy.boundary.transcript import Message, View
from privacy.boundary.wire import unpack
from privacy.errors import WireError
from privacy.stats import Interval

_MAGIC = b"VBA1"
_RIDGE, _OUTLIER = 0.1, 10.0


def wires_of(view: View, observer: Party, party: Party) -> list[Message]:
    """What one device sent to the observer itself, in order. What it merely relays is not tried."""
    return [m for m in view.messages if m.sender == party and m.receiver == observer and m.phase == "run"]


def read_device(messages: Sequence[Message], *, length: int) -> tuple[Floats, Floats]:
    """Two readings of one device's wires: the vector (length,) if one is in the clear (NaN if not), and features."""
    vector = np.full(length, np.nan)
    for message in messages:
        found = _packed(message.sample)
        if found is not None and found.shape == (length,):
            vector = found
    largest = max(messages, key=lambda m: m.body_bytes, default=None)
    return vector, body_features(largest.sample if largest is not None else b"")


def _packed(body: bytes) -> Floats | None:
    place = body.find(_MAGIC)
    try:
        return None if place < 0 else np.asarray(unpack(body[place:]), dtype=np.float64).ravel()
    except WireError:
        return None


def reading_advantage(
    readings: Sequence[tuple[Floats, Floats]], truth: Ints, kinds: Kinds, *, noise: float
) -> Interval:
    """The advantage on the second half of the devices; the first is the panel. `truth` holds each device's kind.

    `noise` is the deviation that a device itself adds to each entry, 0 where it adds none.
    """
    half = len(truth) // 2
    vectors, features = np.stack([v for v, _ in readings]), np.stack([f for _, f in readings])
    guesses = kinds.guess(np.nan_to_num(vectors), noise=noise)
    if np.isnan(vectors).any() or not _helps(guesses[:half], truth[:half]):
        guesses = np.full(len(truth), int(kinds.prior.argmax()))
        quarter = half // 2
        # Trained on half of the panel, tried on the other: only what helps there is used on anyone else.
        if _helps(_trained(features[:half], truth[:quarter])[quarter:], truth[quarter:half]):
            guesses = _trained(features, truth[:half])
    return over_base(guesses[half:] == truth[half:], base=base_of(truth[half:]))


def _trained(features: Floats, truth: Ints) -> Ints:
    """What an attacker guesses of every device, who was trained on the first of them, whose kinds are `truth`.

    A linear classifier by ridge regression, in its dual form, as there are far more features than devices.
    """
    known = len(truth)
    centre, scale = features[:known].mean(axis=0), features[:known].std(axis=0)
    standard = np.clip((features - centre) / np.where(scale < 1e-12, 1.0, scale), -_OUTLIER, _OUTLIER)
    kinds = np.unique(truth)
    targets = (truth[:, None] == kinds[None, :]).astype(np.float64)
    shares = targets.mean(axis=0)
    gram = standard[:known] @ standard[:known].T
    weights = np.linalg.solve(gram + _RIDGE * np.trace(gram) / known * np.eye(known), targets - shares)
    return np.asarray(kinds[(standard @ standard[:known].T @ weights + shares).argmax(axis=1)])


def _helps(guesses: Ints, truth: Ints) -> bool:
    """Whether guesses beat naming the most common kind, past luck."""
    base = base_of(truth)
    return bool((guesses == truth).mean() > base + 2 * np.sqrt(base * (1 - base) / len(truth)))
