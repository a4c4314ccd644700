"""What malicious devices send in place of their updates, and what someone on the network does to honest ones.

They know the protocol and, like the strongest attackers of the literature, what the honest devices send.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from privacy.plugin import ParamError, Party, Shape, Stack, Wire, pack
from privacy.plugin.running import Bend, Faults, Ints, reads_vectors
from workloads.federated.robust.rules import MEAN

FLIP, ALIE, NAN, OVERSIZE = "flip", "alie", "nan", "oversize"
FORGED, REPLAYED, LATE = "forged", "replayed", "late"
KINDS = (FLIP, ALIE, NAN, OVERSIZE, FORGED, REPLAYED, LATE)
_SEEN = (NAN, OVERSIZE)
_TIMES = -10
_STEALTH = 1.0
_VECTOR = "vector"


@dataclass(frozen=True)
class Poison:
    """What a round is given of malice: other vectors, other wires, and faults of the network; `by` does it."""

    by: frozenset[Party] = frozenset()
    vectors: Mapping[Party, Ints] = field(default_factory=dict)
    bends: Mapping[Party, Bend] = field(default_factory=dict)
    faults: Faults = field(default_factory=Faults)


def malicious(devices: int, *, share: float, seed: int) -> frozenset[int]:
    """The devices that are malicious in every round: drawn from the seed, rounded to whole ones."""
    count = round(devices * share)
    return frozenset(np.random.default_rng([seed, 1605]).permutation(devices)[:count].tolist())


def check(stack: Stack, shape: Shape, *, devices: int, share: float, kind: str, rule: str) -> None:
    """ParamError for a rule that needs updates which the stack hides, and for malice that it has no way to send."""
    carrier = stack.carrier.id
    hidden = not reads_vectors(stack, shape, contributors=devices)
    if rule != MEAN and hidden:
        text = f"the rule {rule} needs every update in the clear, and {carrier} hides them"
        raise ParamError(text, then="take the mean, or the stack plain")
    if rule != MEAN and stack.randomiser is not None:
        text = f"the rule {rule} cannot take noise: the noise of {stack.randomiser.id} fits only a sum"
        raise ParamError(text, then="take the mean, or the stack plain")
    if share > 0 and kind in _SEEN and (hidden or stack.randomiser is not None):
        text = f"nobody can refuse {kind} here: under this stack an update is whole steps that nobody reads"
        raise ParamError(text, then=f"choose {FLIP} or {ALIE}, whose effect is measured, or the stack plain")


def poisoned(
    vectors: Mapping[Party, Ints], by: Sequence[Party], *, kind: str, bound: int
) -> Poison:  # fmt: skip
    """The malice of one round, none where `by` is empty. `bound` is the largest step that a device may send.

    `flip` sends ten times the update with its sign changed; `alie` sends what lies one standard deviation from the
    honest mean, where no rule finds it (Baruch et al. 2019). `nan` and `oversize` skip the device's own check.
    """
    who = frozenset(by)
    if not who:
        return Poison()
    if kind == FLIP:
        return Poison(who, {p: np.clip(_TIMES * vectors[p].astype(np.int64), -bound, bound) for p in by})
    if kind == ALIE:
        honest = np.stack([v for p, v in vectors.items() if p not in who] or [np.zeros_like(vectors[by[0]])])
        sent = np.rint(honest.mean(axis=0) - _STEALTH * honest.std(axis=0)).astype(np.int64)
        return Poison(who, dict.fromkeys(by, np.clip(sent, -bound, bound)))
    if kind in _SEEN:
        length = len(vectors[by[0]])
        body = pack(np.full(length, np.nan, dtype=np.float32) if kind == NAN else np.full(length, bound + 1, np.int32))
        return Poison(who, bends=dict.fromkeys(by, _sending(body)))
    if kind == FORGED:
        return Poison(who, faults=Faults(forged=who))
    if kind == REPLAYED:
        return Poison(who, faults=Faults(replayed=who))
    return Poison(who, faults=Faults(delays={(party, 1): 1 for party in by}))


def _sending(body: bytes) -> Bend:
    def bend(round_: int, wire: Wire) -> list[Wire]:
        return [Wire(wire.to, wire.kind, wire.exposure, body)] if wire.kind == _VECTOR else [wire]

    return bend
