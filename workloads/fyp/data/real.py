"""Histories and personas of real people, in the shape of the simulated ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from privacy.plugin import DataError
from workloads.fyp.data.features import Features
from workloads.fyp.data.histories import PERSONAS, Histories, Persona, Viewer, pick_viewers
from workloads.fyp.data.people import People

_ORDER = 2
LEAST = 40
"""People without whom an evaluation says nothing: 20 held out, 20 the attacker's panel."""


def real_personas(features: Features, people: People, *, seed: int) -> tuple[Persona, ...]:
    """Six real people, picked as the simulated personas are: with a clear favourite, different ones where there are."""
    order = _order(people, seed)
    viewers = pick_viewers(_viewers(features, people, order))
    return tuple(_persona(viewer, people, features.topic_labels) for viewer in viewers)


def real_histories(features: Features, people: People, *, users: int, seed: int) -> Histories:
    """Up to `users` real people, an even number, without the personas; person u depends on the seed and u alone.

    DataError where there are too few for any evaluation.
    """
    personas = {persona.number for persona in pick_viewers(_viewers(features, people, _order(people, seed)))}
    order = [u for u in _order(people, seed).tolist() if u not in personas]
    chosen = np.array(order[: min(users, len(order)) // 2 * 2], dtype=np.int64)
    if users >= LEAST and len(chosen) < LEAST:
        raise DataError(
            f"only {len(chosen)} people have rated enough items highly",
            then=f"{LEAST} are needed, beside the {PERSONAS} personas: choose a larger data set, or more items",
        )
    liked = people.liked[chosen]
    favourite = [_shares(features, row).argmax() for row in liked]
    return Histories(
        liked=liked,
        held_out=people.held_out[chosen],
        attribute=people.attribute[chosen],
        favourite_topic=np.array(favourite, dtype=np.int64),
        simulated=False,
    )


def _order(people: People, seed: int) -> NDArray[np.int64]:
    return np.random.default_rng(np.random.SeedSequence([seed, _ORDER])).permutation(len(people)).astype(np.int64)


def _shares(features: Features, liked: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.bincount(features.topics[liked], minlength=len(features.topic_labels)) / len(liked)


def _viewers(features: Features, people: People, order: NDArray[np.int64]) -> Iterator[Viewer]:
    for u in order.tolist():
        shares = _shares(features, people.liked[u])
        yield Viewer(people.liked[u], people.held_out[u], int(people.attribute[u]), shares, u)


def _persona(viewer: Viewer, people: People, labels: tuple[str, ...]) -> Persona:
    name = f"user {people.ids[viewer.number]}"
    order = np.argsort(-viewer.shares, kind="stable")
    also = f", then {labels[int(order[1])]}" if len(order) > 1 and viewer.shares[order[1]] > 0 else ""
    return Persona(
        id=name.replace(" ", "-").lower(),
        name=name,
        blurb=f"A real person under a pseudonym. Likes {labels[int(order[0])]} most{also}.",
        liked=tuple(viewer.liked.tolist()),
        held_out=tuple(viewer.held_out.tolist()),
        attribute=viewer.attribute,
        favourite_topic=viewer.favourite,
        simulated=False,
    )
