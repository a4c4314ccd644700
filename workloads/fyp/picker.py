"""Cards for a person to choose from, so that a taste of one's own can begin anywhere in the catalogue."""

import numpy as np

from workloads.fyp.world import World


def choices(world: World, *, count: int, page: int = 0) -> list[int]:
    """`count` items for page `page`: topic by topic in turn, the most typical of each first, no item twice.

    Pages wrap around after the last; fewer items come only from a catalogue that has fewer.
    """
    ordered = _in_turn(world)
    if len(ordered) <= count:
        return ordered
    start = page * count % len(ordered)
    return (ordered + ordered)[start : start + count]


def _in_turn(world: World) -> list[int]:
    """All items: the first of every topic, then the second of every topic, and so on."""
    vectors, topics = world.features.vectors, world.features.topics
    queues = []
    for topic in range(len(world.features.topic_labels)):
        members = np.flatnonzero(topics == topic)
        if members.size:
            typical = vectors[members] @ vectors[members].mean(axis=0)
            queues.append(members[np.argsort(-typical, kind="stable")].tolist())
    longest = max(map(len, queues))
    return [int(q[i]) for i in range(longest) for q in queues if i < len(q)]
