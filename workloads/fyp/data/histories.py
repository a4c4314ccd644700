"""Simulated viewing histories: the data set has no interactions, so every history is made up and says so.

The world is that of a recommender whose users have a few favourite topics. A sensitive bit shifts which: each
value makes one third of the topics more likely, as age or origin shifts real tastes. Where a column of the catalogue
marks items as sensitive, the bit is instead whether a user prefers the marked ones. Per user, topic shares
follow a Dirichlet law with a low concentration, and profiles are drawn from them without repeats.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import ArrayLike, NDArray

from privacy.plugin import DataError
from workloads.fyp.data.features import Features

LIKED, HELD_OUT = 24, 8
_CONCENTRATION = 0.3
_BOOST = 5.0
_VIEWERS, _PERSONAS = 0, 1
_TRIES, _BEST = 400, 10
_NAMES = ("Ada", "Bruno", "Chika", "Dilan", "Emre", "Freya")
NAMES = tuple(name.lower() for name in _NAMES)
PERSONAS = len(_NAMES)


@dataclass(frozen=True, eq=False)
class Histories:
    """Viewers, row u being viewer u; real people where `simulated` is False.

    `liked` is int64 (U, L), item indices without repeats; `held_out` int64 (U, H), later likes that no model
    may see, disjoint from `liked`; `attribute` int64 (U,) the sensitive bit; `favourite_topic` int64 (U,) the
    topic most frequent in `liked`.
    """

    liked: NDArray[np.int64]
    held_out: NDArray[np.int64]
    attribute: NDArray[np.int64]
    favourite_topic: NDArray[np.int64]
    simulated: bool = True

    def __len__(self) -> int:
        return len(self.liked)


@dataclass(frozen=True)
class Persona:
    """A viewer with a name, a real person where `simulated` is False; the indices are those of items."""

    id: str
    name: str
    blurb: str
    liked: tuple[int, ...]
    held_out: tuple[int, ...]
    attribute: int
    favourite_topic: int
    simulated: bool = True


@dataclass(frozen=True, eq=False)
class Viewer:
    """One viewer: the topic shares of what they liked, and their number among those drawn."""

    liked: NDArray[np.int64]
    held_out: NDArray[np.int64]
    attribute: int
    shares: NDArray[np.float64]
    number: int

    @property
    def favourite(self) -> int:
        return int(self.shares.argmax())


def simulate_histories(features: Features, *, users: int, seed: int) -> Histories:
    """Draw `users` viewers. Viewer u depends on the seed and u alone, never on how many are drawn.

    DataError for fewer than one user or a negative seed.
    """
    if users < 1:
        raise DataError(f"cannot simulate {users} users", then="ask for at least one")
    drawn = [_draw(features, seed, user, _VIEWERS) for user in range(users)]
    return Histories(
        liked=np.stack([viewer.liked for viewer in drawn]),
        held_out=np.stack([viewer.held_out for viewer in drawn]),
        attribute=np.array([viewer.attribute for viewer in drawn], dtype=np.int64),
        favourite_topic=np.array([viewer.favourite for viewer in drawn], dtype=np.int64),
    )


def taste_vector(vectors: NDArray[np.float64], liked: ArrayLike) -> NDArray[np.float64]:
    """Return the mean of the liked rows of `vectors` (N, d), scaled to length one: float64 (d,).

    DataError where nothing is liked, an index is no row, or the likes cancel out.
    """
    chosen = np.asarray(liked)
    if chosen.size == 0:
        raise DataError("nothing is liked yet", then="like at least one profile")
    if chosen.ndim != 1 or not np.issubdtype(chosen.dtype, np.integer):
        raise DataError("likes must be a list of whole item numbers", then="pass indices into the catalogue")
    if chosen.min() < 0 or chosen.max() >= len(vectors):
        raise DataError("a liked item is not in the catalogue", then=f"item numbers run from 0 to {len(vectors) - 1}")
    mean = vectors[chosen].mean(axis=0)
    length = float(np.linalg.norm(mean))
    if not length > 1e-9:
        raise DataError("the liked profiles cancel each other out, so they say nothing", then="like one more profile")
    return np.asarray(mean / length, dtype=np.float64)


def personas(features: Features, *, seed: int, fetched: int = 0) -> tuple[Persona, ...]:
    """Return six named simulated viewers, of distinct favourite topics where the catalogue has six.

    They are drawn from the same law as `simulate_histories`, by other random numbers, and picked for a clear
    favourite and three of each attribute, so that a page of them is no sample of the law. The first is one whose feed
    noise moves, where the catalogue has one: of a noised taste so many items are `fetched` and ranked again.
    """
    first = _moved(features, (_draw(features, seed, number, _PERSONAS) for number in range(_TRIES)), fetched)
    viewers = pick_viewers((_draw(features, seed, number, _PERSONAS) for number in range(_TRIES)), first=first)
    return tuple(
        Persona(
            id=name.lower(),
            name=name,
            blurb=_blurb(name, viewer, features.topic_labels),
            liked=tuple(viewer.liked.tolist()),
            held_out=tuple(viewer.held_out.tolist()),
            attribute=viewer.attribute,
            favourite_topic=viewer.favourite,
        )
        for name, viewer in zip(_NAMES, viewers, strict=True)
    )


def _moved(features: Features, candidates: Iterable[Viewer], fetched: int) -> Viewer | None:
    """The first with a clear favourite whose best ten are nobody's: whichever topic is released, one is not fetched."""
    if not 0 < fetched < features.items:
        return None
    vectors = features.vectors
    centres = [vectors[features.topics == t].mean(axis=0) for t in range(len(features.topic_labels))]
    near = [set(np.argpartition(-(vectors @ centre), fetched)[:fetched].tolist()) for centre in centres]
    for viewer in candidates:
        if _clear(viewer):
            scores = vectors @ taste_vector(vectors, viewer.liked)
            scores[viewer.liked] = -np.inf
            best = set(np.argsort(-scores, kind="stable")[:_BEST].tolist())
            if not any(best <= one for one in near):
                return viewer
    return None


def _clear(viewer: Viewer) -> bool:
    return bool(0.4 <= viewer.shares.max() <= 0.8)


def pick_viewers(candidates: Iterable[Viewer], *, first: Viewer | None = None) -> list[Viewer]:
    """Pick six with a clear favourite, different ones, three of each attribute; `first` is one of them.

    Where the first 400 candidates cannot meet all of it, clearness and balance go first.
    """
    picked: list[Viewer] = [first] if first else []
    spare: list[Viewer] = []
    for viewer in islice(candidates, _TRIES):
        if first and viewer.number == first.number:
            continue
        clear = _clear(viewer)
        room = sum(one.attribute == viewer.attribute for one in picked) < PERSONAS // 2
        (picked if clear and room and _fresh(viewer, picked) else spare).append(viewer)
        if len(picked) == PERSONAS:
            return picked
    for viewer in spare:
        if _fresh(viewer, picked):
            picked.append(viewer)
    rest = [viewer for viewer in spare if all(viewer is not one for one in picked)]
    return [*picked, *rest][:PERSONAS]


def _fresh(viewer: Viewer, picked: list[Viewer]) -> bool:
    return all(viewer.favourite != one.favourite for one in picked)


def _blurb(name: str, viewer: Viewer, labels: tuple[str, ...]) -> str:
    order = np.argsort(-viewer.shares, kind="stable")
    also = f", then {labels[int(order[1])]}" if len(order) > 1 and viewer.shares[order[1]] > 0 else ""
    return f"Simulated viewer. {name} likes {labels[int(order[0])]} most{also}."


def _draw(features: Features, seed: int, user: int, stream: int) -> Viewer:
    """Draw one viewer by random numbers of its own."""
    if seed < 0:
        raise DataError("the seed is negative", then="choose a seed of 0 or more")
    random = np.random.default_rng(np.random.SeedSequence([seed, user, stream]))
    sizes = np.bincount(features.topics, minlength=len(features.topic_labels))
    attribute = int(random.integers(2))
    shares = random.dirichlet(_CONCENTRATION * _boost(features, sizes, attribute))
    weight = np.maximum(shares, 1e-12)[features.topics] / sizes[features.topics]
    if features.sensitive is not None:
        weight = np.where(features.sensitive == attribute, _BOOST, 1.0) * weight
    liked, held_out = history_lengths(features.items)
    # The smallest exponentials over weights are a weighted sample without repeats: Efraimidis, Spirakis 2006.
    keys = random.exponential(size=features.items) / weight
    nearest = np.sort(np.argpartition(keys, liked + held_out)[: liked + held_out])
    chosen = random.permutation(nearest).astype(np.int64)
    seen = np.bincount(features.topics[chosen[:liked]], minlength=len(sizes)) / liked
    return Viewer(chosen[:liked], chosen[liked:], attribute, seen, user)


def _boost(features: Features, sizes: NDArray[np.int64], attribute: int) -> NDArray[np.float64]:
    """How much likelier the attribute makes each topic."""
    if features.sensitive is None:
        boost = np.ones(len(sizes))
        # Every third topic, offset by the bit: attribute 1 from the first, attribute 0 from the second.
        boost[1 - attribute :: 3] = _BOOST
        return boost
    preferred = np.bincount(features.topics, weights=features.sensitive == attribute, minlength=len(sizes))
    return np.asarray(1 + (_BOOST - 1) * preferred / np.maximum(sizes, 1))


def history_lengths(items: int) -> tuple[int, int]:
    """Return how many items a viewer has liked and how many are held out: fewer in a small catalogue."""
    return min(LIKED, items // 2), min(HELD_OUT, max(1, items // 6))
