"""What masks and drawn numbers must be like, where a mechanism shows them to the kit."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from privacy.known_answers import DrawnNumbers, KnownAnswer, MaskedVector
from privacy.boundary.party import Party

_SIGMAS = 7.0
"""Standard errors past which a share of a ternary key is no luck."""


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
    found += _again({f"{v.party} alone": v.own for v in vectors} | _paired(vectors))
    return list(dict.fromkeys(found))


def _paired(vectors: Sequence[MaskedVector]) -> dict[str, np.ndarray]:  # type: ignore[type-arg]
    return {
        f"{v.party} with {other}": mask % v.modulus for v in vectors for other, mask in v.pairs.items() if v.party < other
    }


def _again(masks: dict[str, np.ndarray]) -> list[str]:  # type: ignore[type-arg]
    seen = dict[bytes, str]()
    found = []
    for name, mask in masks.items():
        first = seen.setdefault(mask.tobytes(), name)
        found += [f"{first} and {name} have the same mask"] if first != name and mask.any() else []
    return found


def unbound(first: Iterable[KnownAnswer], other: Iterable[KnownAnswer]) -> list[str]:
    """Pairs who have the same mask in two runs: what one of them hides in one run, the other run gives away."""
    sides: list[dict[tuple[Party, Party], bytes]] = [
        {(v.party, p): m.tobytes() for v in run if isinstance(v, MaskedVector) for p, m in v.pairs.items() if v.party < p}
        for run in (first, other)
    ]
    same = [pair for pair, mask in sides[0].items() if sides[1].get(pair) == mask]
    if not same:
        return []
    one, two = same[0]
    return [f"{one} and {two} have the same mask in two runs in which they drew the same keys: it is not bound to its run"]


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
    if spread < drawn.deviation:
        return f"{drawn.name} has a standard deviation of {spread:.3g}, and {drawn.deviation:.3g} is the least"
    if drawn.deviation and abs(float(values.mean())) > _SIGMAS * spread / math.sqrt(n):
        return f"{drawn.name} does not lie about 0"
    return ""
