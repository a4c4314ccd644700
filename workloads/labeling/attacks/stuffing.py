"""Ballot stuffing: a labeler that sends something else than one vote, by the protocol's own code."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from privacy.plugin import ProtocolAborted, Seats, contributor
from privacy.plugin.running import Channel
from workloads.labeling.tally import Labeling, shape_of
from workloads.labeling.votes.table import Votes

VOTERS = 6
_STUFFED = (50, 2, -1, 7)


@dataclass(frozen=True)
class Stuffed:
    """Of `tries` stuffed ballots: how many were refused by name, and how many changed the tally unseen."""

    tries: int
    caught: int
    counted: int


def stuffing(labeling: Labeling, seats: Seats, *, tries: int, seed: int, beat: Callable[[], None]) -> Stuffed:
    """Send `tries` stuffed ballots, one in each of as many sums over six voters; the rest vote honestly."""
    rng, classes = np.random.default_rng([seed, 41]), labeling.votes.classes
    caught = counted = 0
    culprit = contributor(VOTERS)
    for number in range(tries):
        beat()
        label = rng.integers(0, classes, VOTERS).astype(np.int32)
        votes = Votes(np.zeros(VOTERS, dtype=np.int32), np.arange(VOTERS), label, 1, VOTERS, classes)
        service = replace(seats, stack=labeling.stack).sums(
            shape_of(votes), contributors=VOTERS, minimum=min(VOTERS - 1, labeling.options.minimum),
            unchecked=[culprit],
        )  # fmt: skip
        vectors = {contributor(i + 1): np.eye(classes, dtype=np.int64)[label[i]] for i in range(VOTERS)}
        ballot = vectors[culprit].copy()
        ballot[number % classes] = _STUFFED[number % len(_STUFFED)] if ballot[number % classes] == 0 else 50
        vectors[culprit] = ballot
        channel = Channel()
        service.publish(channel)
        try:
            found = service.release(vectors, channel).sum
        except ProtocolAborted:
            continue  # nothing was counted, and nobody named
        finally:
            service.close()
        caught += culprit.name in found.refused and VOTERS not in found.included
        counted += VOTERS in found.included
    return Stuffed(tries, caught, counted)
