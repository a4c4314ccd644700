"""The story of a thing: where it is from and what became of it, from the first event to the last."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from privacy.chains.happening import Happening

MOST_EVENTS = 2000
"""Events of a story at most; the newest are left out, and the story says how many."""


@dataclass(frozen=True)
class Story:
    """The events of a thing, oldest first, and how they hang together.

    `links` are pairs of places in `events`, earlier first, with the argument that names what the earlier one made.
    `left_out` are the events that did not fit.
    """

    thing: bytes
    events: tuple[Happening, ...]
    links: tuple[tuple[int, int, str], ...]
    left_out: int = 0

    @property
    def what(self) -> str:
        return "0x" + self.thing.hex()


def story_of(thing: bytes, every: Sequence[Happening]) -> Story:
    """The story of a digest or an id among all events, oldest first; it has none where no event names it.

    Backward: what made the things that its events name, such as the model of a list and the room of that model.
    Forward: what was made of it, such as the versions whose parent it is, and what became of things that it is a part
    of. Accounts join nothing.
    """
    named, makers = defaultdict[bytes, list[int]](list), defaultdict[bytes, list[int]](list)
    for at, one in enumerate(every):
        for digest in dict.fromkeys(one.digests):
            named[digest].append(at)
        for made in dict.fromkeys(one.makes):
            makers[made].append(at)
    members = _forward(thing, every, named)
    waiting = list(members)
    while waiting:
        at = waiting.pop()
        origins = {_before(makers.get(digest, ()), at) for digest in every[at].digests} - members - {-1}
        members |= origins
        waiting += origins
    ordered = sorted(members)
    events = tuple(every[at] for at in ordered[:MOST_EVENTS])
    return Story(thing, events, links(events), len(ordered) - len(events))


def links(events: Sequence[Happening]) -> tuple[tuple[int, int, str], ...]:
    """From each event back to those that made what it names, but for what another of them already descends from."""
    made, stood = dict[bytes, int](), dict[object, int]()
    above = list[int]()
    """For each event the events that it descends from, as bits."""
    found: list[tuple[int, int, str]] = []
    for at, one in enumerate(events):
        back: dict[int, str] = {}
        for name, value in one.args.items():
            if isinstance(value, bytes) and value in made:
                back[made[value]] = name
        if (standing := one.standing) is not None:
            if standing in stood:
                back.setdefault(stood[standing], "account")
            stood[standing] = at
        known = 0
        for before in back:
            known |= above[before]
        kept = {before: name for before, name in back.items() if not known >> before & 1}
        found += [(before, at, name) for before, name in sorted(kept.items())]
        above.append(known | sum(1 << before for before in kept))
        for value in one.makes:
            made[value] = at
    return tuple(found)


def _forward(thing: bytes, every: Sequence[Happening], named: dict[bytes, list[int]]) -> set[int]:
    """The events that name a thing, or what was made of it since, or what it is a part of."""
    members, waiting, since = set[int](), [(thing, 0)], dict[bytes, int]()
    while waiting:
        digest, first = waiting.pop()
        if since.get(digest, len(every)) <= first:
            continue
        since[digest] = first
        places = named.get(digest, [])
        for at in places[bisect_left(places, first) :]:
            members.add(at)
            waiting += [(made, at) for made in every[at].makes]
            # Where a thing is a part of another, whatever happens to that happens to it, said before or not.
            waiting += [(whole, 0) for whole in every[at].joins]
    return members


def _before(places: Sequence[int], at: int) -> int:
    """The newest of some places before one; -1 where there is none."""
    place = bisect_left(places, at)
    return places[place - 1] if place else -1
