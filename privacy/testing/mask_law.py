"""What masks, drawn numbers and bound values must be like, where a mechanism shows them to the kit."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from privacy.boundary.party import Party
from privacy.known_answers import BoundValue, DrawnNumbers, DrawnSeeds, KnownAnswer, MaskedVector, Whole

_SIGMAS = 7.0
"""Standard errors past which a share, a spread or a mean is no luck."""
_FEW = 100
"""Numbers whose own spread says too little of how far their mean may be off."""
_TAILS = (1.5, 2.0, 2.5, 3.0, 3.5)
"""Standard deviations past which a Gaussian has so many draws that too few are no luck."""
_LUCK = 1e-10
_SEED = 16
"""The fewest bytes of a seed: 128 bits."""


def mask_faults(vectors: Sequence[MaskedVector]) -> list[str]:
    """What is wrong with the masks of one run: they add up, each is there, and pairs cancel out and no others."""
    found, by_party = list[str](), {v.party: v for v in vectors}
    for one in vectors:
        masks = one.own + sum(one.pairs.values(), start=np.zeros_like(one.own))
        if np.any((one.plain + masks - one.hidden) % one.modulus):
            found.append(f"what {one.party} sent is not its vector under the masks that its keys give")
        if not np.any(one.own % one.modulus):
            found.append(f"{one.party} has no mask of its own: who learns its pairs' masks reads its vector")
        for other, mask in one.pairs.items():
            counter = by_party[other].pairs.get(one.party) if other in by_party else None
            if not np.any(mask % one.modulus):
                found.append(f"the mask of {one.party} with {other} is nothing")
            elif counter is not None and np.any((mask + counter) % one.modulus):
                found.append(f"the masks of {one.party} and {other} do not cancel out")
    found += _again([*((f"{v.party} alone", v.own) for v in vectors), *_paired(vectors).items()])
    return list(dict.fromkeys(found))


def _paired(vectors: Sequence[MaskedVector]) -> dict[str, Whole]:
    found = dict[str, Whole]()
    for one in vectors:
        mine = {p: mask for p, mask in one.pairs.items() if one.party < p}
        found |= {f"{one.party} with {other}": mask % one.modulus for other, mask in mine.items()}
    return found


def _again(masks: Sequence[tuple[str, Whole]]) -> list[str]:
    seen = dict[tuple[int, ...], str]()
    found = []
    for name, mask in masks:
        values = tuple(mask.tolist())
        if values in seen and mask.any():
            found.append(f"{seen[values]} and {name} have the same mask")
        seen.setdefault(values, name)
    return found


def unbound(first: Iterable[KnownAnswer], other: Iterable[KnownAnswer]) -> list[str]:
    """Pairs who have the same mask in two runs: what one of them hides in one run, the other run gives away."""
    sides = [_paired([v for v in run if isinstance(v, MaskedVector)]) for run in (first, other)]
    same = [pair for pair, mask in sides[0].items() if np.array_equal(mask, sides[1].get(pair, ()))]
    told = "has the same mask in two runs in which both drew the same keys: it is not bound to its run"
    return [f"{same[0]} {told}"] if same else []


def keyless(masked: Iterable[MaskedVector], with_other_keys: Iterable[KnownAnswer]) -> list[str]:
    """Masks that stay the same when all keys are others: whoever reads the wires can work them out."""
    others = {v.party: v for v in with_other_keys if isinstance(v, MaskedVector)}
    found = []
    for one in masked:
        other = others.get(one.party)
        if other is not None and one.own.any() and np.array_equal(one.own, other.own):
            found.append(f"the mask that {one.party} has alone follows from no key")
        if other is not None and any(np.array_equal(m, other.pairs.get(p)) for p, m in one.pairs.items()):  # type: ignore[arg-type]
            found.append(f"masks that {one.party} has with others follow from no key")
    return found


def law_fault(drawn: DrawnNumbers) -> str:
    """What is wrong with numbers of a known law; empty if nothing."""
    values, n = drawn.values.astype(np.float64), drawn.values.size
    if not n:
        return ""
    largest = float(np.abs(values).max())
    if largest > drawn.most:
        return f"{drawn.name} reaches {largest:g}, and {drawn.most:g} is the most"
    if drawn.ternary:
        shares = [float((drawn.values == x).mean()) for x in (-1, 0, 1)]
        if max(abs(share - 1 / 3) for share in shares) > _SIGMAS * math.sqrt(2 / 9 / n):
            told = ", ".join(f"{share:.0%}" for share in shares)
            return f"{drawn.name} is not balanced: -1, 0 and 1 are {told} of it"
    spread = float(values.std())
    if spread < drawn.deviation * (1 - _SIGMAS / math.sqrt(2 * n)):
        return f"{drawn.name} has a standard deviation of {spread:.3g}, and {drawn.deviation:.3g} is the least"
    if drawn.deviation and n >= _FEW and abs(float(values.mean())) > _SIGMAS * spread / math.sqrt(n):
        return f"{drawn.name} does not lie about 0"
    return _tail_fault(drawn.name, values, drawn.deviation) if drawn.gaussian else ""


def _tail_fault(name: str, values: Whole, deviation: float) -> str:
    from scipy.stats import binom, norm

    for far in _TAILS:
        chance, seen = 2 * float(norm.sf(far)), int((np.abs(values) > far * deviation).sum())
        if binom.cdf(seen, values.size, chance) < _LUCK:
            return f"{seen} of {values.size} in {name} lie past {far:g} deviations, {chance * values.size:.0f} should"
    return ""


def seed_faults(shown: Sequence[DrawnSeeds], drawn: Mapping[Party, Sequence[bytes]]) -> list[str]:
    """Seeds that are short, that their party did not draw in this run, or that stand for two things."""
    found, taken = list[str](), dict[Party, list[tuple[int, int]]]()
    for one in shown:
        stream, mine = b"".join(drawn.get(one.party, ())), taken.setdefault(one.party, [])
        for value in one.values:
            if len(value) < _SEED:
                found.append(f"one of {one.name} of {one.party} was not drawn as a seed of {_SEED} bytes or more")
                continue
            spans = [(at, at + len(value)) for at in _places(value, stream)]
            free = [(at, end) for at, end in spans if all(end <= a or b <= at for a, b in mine)]
            mine += free[:1]
            if not spans:
                found.append(f"one of {one.name} is not what {one.party} drew in this run")
            elif not free:
                found.append(f"one of {one.name} of {one.party} stands for something else too")
    return list(dict.fromkeys(found))


def _places(value: bytes, stream: bytes) -> Iterator[int]:
    at = stream.find(value)
    while at >= 0:
        yield at
        at = stream.find(value, at + 1)


def bound_fault(one: BoundValue) -> str:
    """What is wrong with a value that must be bound to several things; empty if nothing."""
    if one.value != one.again:
        return f"{one.name} is not what it is worked out to be"
    free = [thing for thing, other in one.others.items() if other == one.value]
    return f"{one.name} is not bound to {free[0]}" if free else ""
