"""Real people of a data set: what each liked, in order of time, cut into what models see and what they may not.

They are pseudonymous, not simulated: an id stands for a person who rated. Whoever liked too few items is left out,
and how many those are is said.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

LENGTHS = ((24, 8), (12, 4), (6, 2))
"""Likes seen and held out, the longest that enough people have."""

ENOUGH = 400


@dataclass(frozen=True, eq=False)
class Likes:
    """Who liked what and when: (M,) each, `person` an index into the ids, `item` one into the catalogue."""

    person: Ints
    item: Ints
    time: NDArray[np.float64]

    def by_person(self, people: int) -> list[Ints]:
        """The items of each person in order of time, each item once, where it came first."""
        if not len(self.item):
            return [self.item] * people
        order = np.lexsort((self.time, self.person))  # stable: at equal times, in order of the file
        person, item = self.person[order], self.item[order]
        _, first = np.unique(person * (int(item.max()) + 1) + item, return_index=True)
        keep = np.sort(first)
        person, item = person[keep], item[keep]
        return np.split(item, np.searchsorted(person, np.arange(1, people)))


@dataclass(frozen=True, eq=False)
class People:
    """Real people: `liked` int64 (U, L), their last likes before `held_out` (U, H), their very last.

    `attribute` is int64 (U,) of 0 and 1. Only people with at least L + H likes are here.
    """

    ids: tuple[str, ...]
    liked: Ints
    held_out: Ints
    attribute: Ints

    def __len__(self) -> int:
        return len(self.ids)


def choose_lengths(counts: Ints, *, items: int) -> tuple[int, int]:
    """How many likes are seen and held out: the longest lengths that most people reach, or 400 of them.

    It depends on the data alone, not on how many people a run asks for. `counts` is how many items each person liked.
    """
    fitting = [(min(seen, items // 2), min(held, max(1, items // 6))) for seen, held in LENGTHS]
    usable = int((counts >= sum(fitting[-1])).sum())
    for seen, held in fitting:
        if usable and (counts >= seen + held).sum() >= min(ENOUGH, -(-3 * usable // 4)):
            return seen, held
    return fitting[-1]


def windows(likes: Sequence[Ints], *, seen: int, held: int) -> tuple[Ints, Ints, Ints]:
    """Who has enough likes, int64 (U,), and their last ones: liked (U, seen), then held out (U, held)."""
    chosen = [u for u, mine in enumerate(likes) if len(mine) >= seen + held]
    last = np.array([likes[u][-(seen + held) :] for u in chosen], dtype=np.int64).reshape(len(chosen), seen + held)
    return np.array(chosen, dtype=np.int64), last[:, :seen], last[:, seen:]


def over_median(liked: Ints, marks: NDArray[np.bool_], names: Sequence[str]) -> tuple[Ints, str]:
    """An attribute of people about whom nothing is known: whether their share of one genre is above the median.

    `marks` is (N, G), which items are of which genre. The genre is the one whose share varies most between people.
    It follows from what they liked, and says no more than that.
    """
    shares = marks[liked].mean(axis=1)
    genre = int(shares.var(axis=0).argmax())
    return (shares[:, genre] > np.median(shares[:, genre])).astype(np.int64), names[genre]
