"""A story as a picture: what stands where, what hangs on what, and what is folded so that it can be taken in.

Columns are generations, from what everything comes from to what came last; lanes keep siblings apart. A branch of alike
leaves, a long line of descent and a crowded column are folded: all of their events are in the table beside the picture.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from privacy.chains.story import Story

COLUMNS = 6
"""Generations that are drawn at most: of a longer line the middle is folded."""
LANES = 6
ALIKE = 3
"""Leaves alike on one branch that are drawn each by itself."""

_THING = -1
"""The place of the thing itself, before all events."""

EVENT, CHANGES, ALIKES, BETWEEN, THING = "event", "changes", "alike", "between", "thing"


@dataclass(frozen=True)
class Card:
    """A thing that stands in the picture. `events` are places in the story: one, or all that are folded into it.

    `kind` says which: an event, changes of what others made, leaves alike, events between, or the thing itself where no
    event says what made it. `row` is its place among all cards by time, `track` a lane for a drawing of one card a row:
    on it the line from the first card that it hangs on meets no other.
    """

    kind: str
    events: tuple[int, ...]
    column: int
    lane: int
    row: int
    track: int
    chosen: bool = False


@dataclass(frozen=True)
class Picture:
    """The cards, oldest first, and lines between places in `cards`, earlier first."""

    cards: tuple[Card, ...]
    lines: tuple[tuple[int, int], ...]

    @property
    def columns(self) -> int:
        return 1 + max((one.column for one in self.cards), default=0)

    @property
    def lanes(self) -> int:
        return 1 + max((one.lane for one in self.cards), default=0)

    @property
    def tracks(self) -> int:
        return 1 + max((one.track for one in self.cards), default=0)


def drawn(story: Story) -> Picture:
    """The picture of a story."""
    groups = _Groups(story)
    groups.fold_changes()
    groups.fold_alike()
    groups.fold_middle()
    groups.fold_crowds()
    return groups.placed()


@dataclass
class _Group:
    kind: str
    events: list[int]
    chosen: bool = False


class _Groups:
    """Events, each in one group; lines go between groups."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.groups: dict[int, _Group] = {}
        self.of: dict[int, int] = {}
        for at, one in enumerate(story.events):
            self.groups[at] = _Group(EVENT, [at], story.thing in one.makes)
            self.of[at] = at
        self.links = [(before, after) for before, after, _ in story.links]
        if not any(one.chosen for one in self.groups.values()) and self.groups:
            self._add_thing()

    def _add_thing(self) -> None:
        """The thing itself, where nothing says what made it: what names it hangs on it."""
        self.groups[_THING] = _Group(THING, [], chosen=True)
        self.of[_THING] = _THING
        linked = {after for _, after in self.links}
        naming = [at for at, one in enumerate(self.story.events) if self.story.thing in one.digests]
        self.links += [(_THING, at) for at in naming if at not in linked] or [(_THING, naming[0])]

    def edges(self) -> set[tuple[int, int]]:
        found = {(self.of[before], self.of[after]) for before, after in self.links}
        return {(before, after) for before, after in found if before != after}

    def parents(self) -> dict[int, frozenset[int]]:
        found: dict[int, set[int]] = defaultdict(set)
        for before, after in self.edges():
            found[after].add(before)
        return {one: frozenset(found[one]) for one in self.groups}

    def columns(self) -> dict[int, int]:
        """The generation of each group: one more than the latest that it hangs on."""
        parents, found = self.parents(), dict[int, int]()
        for one in self.order():
            found[one] = 1 + max((found[each] for each in parents[one]), default=-1)
        if _THING in found:
            # It came from nowhere that is known: it stands just before what names it.
            found[_THING] = max(0, min(found[one] for one, each in parents.items() if _THING in each) - 1)
        return found

    def order(self) -> list[int]:
        """The groups by time, none before what it hangs on."""
        parents, below = self.parents(), defaultdict[int, list[int]](list)
        left = {one: len(each) for one, each in parents.items()}
        for one, each in parents.items():
            for before in each:
                below[before].append(one)
        ready = [(self.first(one), one) for one, count in left.items() if not count]
        heapq.heapify(ready)
        found: list[int] = []
        while ready:
            _, one = heapq.heappop(ready)
            found.append(one)
            for after in below[one]:
                left[after] -= 1
                if not left[after]:
                    heapq.heappush(ready, (self.first(after), after))
        return found

    def first(self, group: int) -> float:
        """When a group began; the thing itself stands just before what names it first."""
        if group == _THING:
            return min(after for before, after in self.links if before == _THING) - 0.5
        return min(self.groups[group].events)

    def fold(self, members: Iterable[int], kind: str) -> None:
        """Put groups together into the one that came first."""
        ordered = sorted(members, key=self.first)
        if not ordered:
            return
        into = self.groups[ordered[0]]
        into.kind = kind
        for other in ordered[1:]:
            gone = self.groups.pop(other)
            into.events += gone.events
            into.chosen |= gone.chosen
        self.of |= dict.fromkeys(into.events, ordered[0])

    def fold_changes(self) -> None:
        """What makes nothing, by what it changes."""
        above, changed = dict[int, int](), defaultdict[int, list[int]](list)
        for before, after in sorted(self.links, key=lambda pair: pair[1]):
            above[after] = above.get(before, before)
            if self._makes(after):
                above[after] = after
        for at, one in enumerate(self.story.events):
            if not one.makes and at in above:
                changed[above[at]].append(at)
        for members in changed.values():
            if len(members) > 1:
                self.fold(members, CHANGES)

    def _makes(self, at: int) -> bool:
        return at >= 0 and bool(self.story.events[at].makes)

    def fold_alike(self) -> None:
        """Leaves of one branch that say the same of something else."""
        parents, busy = self.parents(), {before for before, _ in self.edges()}
        alike = defaultdict[tuple[str, frozenset[int]], list[int]](list)
        for one, group in self.groups.items():
            if one not in busy and group.kind == EVENT and not group.chosen:
                alike[self.story.events[group.events[0]].name, parents[one]].append(one)
        for members in alike.values():
            if len(members) > ALIKE:
                self.fold(members, ALIKES)

    def fold_middle(self) -> None:
        """Generations between the first and the last ones, but for that of the thing itself."""
        columns = self.columns()
        last = max(columns.values(), default=0)
        if last < COLUMNS:
            return
        chosen = {column for one, column in columns.items() if self.groups[one].chosen}
        ends = {0, 1, 2, last - 1, last}
        kept = ends if chosen <= ends else {0, 1, last} | chosen
        run: list[int] = []
        for column in range(last + 2):
            if column in kept or column > last:
                if len(run) > 1:
                    self.fold([one for one, at in columns.items() if at in run], BETWEEN)
                run = []
            else:
                run.append(column)

    def fold_crowds(self) -> None:
        """What has no lane in its generation."""
        crowds: dict[int, list[int]] = defaultdict(list)
        for one, column in self.columns().items():
            crowds[column].append(one)
        for members in crowds.values():
            rest = [one for one in sorted(members, key=self.first) if not self.groups[one].chosen]
            spare = LANES - (len(members) - len(rest))
            if len(members) > LANES:
                self.fold(rest[spare - 1 :], BETWEEN)

    def placed(self) -> Picture:
        columns, parents = self.columns(), self.parents()
        order = self.order()
        lanes = _lanes(order, columns, parents)
        place = {one: row for row, one in enumerate(order)}
        tracks = _tracks([sorted(place[each] for each in parents[one]) for one in order])
        cards = tuple(
            Card(one.kind, tuple(sorted(one.events)), columns[at], lanes[at], place[at], tracks[place[at]], one.chosen)
            for at, one in ((at, self.groups[at]) for at in order)
        )
        return Picture(cards, tuple(sorted((place[a], place[b]) for a, b in self.edges())))


def _lanes(order: Sequence[int], columns: dict[int, int], parents: dict[int, frozenset[int]]) -> dict[int, int]:
    """A lane for each group: that of what it hangs on where that is free, else the nearest below; leaves give way."""
    found: dict[int, int] = {}
    busy = set().union(*parents.values()) - {_THING}

    def wanted(one: int) -> int:
        return min((found[each] for each in parents[one]), default=0)

    for column in range(max(columns.values(), default=-1) + 1):
        taken: set[int] = set()
        for one in sorted(
            (one for one in order if columns[one] == column), key=lambda one: (wanted(one), one not in busy)
        ):
            lane = wanted(one)
            while lane in taken:
                lane += 1
            found[one] = lane
            taken.add(lane)
    return found


def _tracks(parents: Sequence[Sequence[int]]) -> list[int]:
    """A track for each row, whose parents are rows before it: the first that is free from its first parent on."""
    last = list(range(len(parents)))
    for row, each in enumerate(parents):
        for parent in each:
            last[parent] = max(last[parent], row)
    found: list[int] = []
    taken: list[list[tuple[int, int]]] = []
    for row, each in enumerate(parents):
        first = each[0] if each else row
        own = [found[first]] if each else []
        for track in (*own, *range(len(taken) + 1)):
            if track == len(taken):
                taken.append([])
            # On its parent's own track the line begins below that.
            begins = first + 1 if track in own else first
            free = all(end < begins or row < begin for begin, end in taken[track])
            # What hangs on nothing keeps clear of lines that go on.
            clear = each or all(found[above] != track or last[above] <= row for above in range(row))
            if free and clear:
                taken[track].append((begins, row))
                found.append(track)
                break
    return found
