"""The words of what is hidden: which of them look random, and which of those come again where none may.

A mask that serves twice, an entry that goes out bare, a key stream that ends early: each makes words come again that a
cipher draws anew. That is certain, no statistics: words count only at places where other runs showed nothing but
random ones, and a place must show the same 32 bits again and again, or 128 bits once more.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from privacy.boundary.party import Party
from privacy.boundary.transcript import Message
from privacy.boundary.wire import Exposure

Words = npt.NDArray[np.uint32]
Slot = tuple[Party, Party, str, int]
"""Sender, receiver, kind, and the how manieth such wire of its run."""
Bodies = Mapping[Slot, bytes]

HIDDEN = (Exposure.CIPHERTEXT, Exposure.SHARE)
_WINDOW = 8 * 1024
_DISTINCT = 3.5
"""Different bytes in a word of four, on average, from which a place looks random: 3.98 are usual, 2.99 for 16 bits."""
_TOGETHER = 4
"""Words that make one of 128 bits."""
_STRETCHES, _FEWEST = 2**21, 64
_SLOTS, _SHORT = 12, 2048
_OFTEN, _PLACES = 3, 4
"""How many plays must share a word, at how many places each."""


def hidden_bodies(messages: Sequence[Message], senders: Collection[Party], receivers: Collection[Party]) -> Bodies:
    """The ciphertexts and shares of one run that these senders sent to these receivers: a long body's two ends."""
    found: dict[Slot, bytes] = {}
    seen: Counter[tuple[Party, Party, str]] = Counter()
    for m in messages:
        if m.exposure not in HIDDEN or m.phase != "run" or m.sender not in senders:
            continue
        for receiver in (p for p in receivers if p in (m.receiver, m.via)):
            wire = (m.sender, receiver, m.kind)
            found[(*wire, seen[wire])] = _ends(m.sample)
            seen[wire] += 1
    return found


def _ends(body: bytes) -> bytes:
    return body if len(body) <= 2 * _WINDOW else body[:_WINDOW] + body[-_WINDOW:]


def words(body: bytes) -> Words:
    """Little-endian words of four bytes, counted from the end: what stands before them is a header."""
    return np.frombuffer(body, dtype="<u4", offset=len(body) % 4)


@dataclass(frozen=True)
class Again:
    """Words that came again, and where."""

    slot: Slot
    count: int

    def __str__(self) -> str:
        sender, receiver, kind, _ = self.slot
        return f"{self.count} words of {kind!r} from {sender} to {receiver}"


class Usual:
    """What bodies look like on various inputs: which of their words look random."""

    def __init__(self, runs: Sequence[Bodies]) -> None:
        together: dict[Slot, list[bytes]] = defaultdict(list)
        for bodies in runs:
            for slot, body in bodies.items():
                together[slot].append(body)
        self._stacks = {slot: stacked for slot, sides in together.items() if (stacked := _stacked(sides)) is not None}
        self._random = {slot: _look_random(stack) for slot, stack in self._stacks.items()}

    @property
    def looked_at(self) -> int:
        """How many words look random."""
        return sum(int(mask.sum()) for mask in self._random.values())

    def in_place(self, runs: Sequence[Bodies]) -> Iterator[Again]:
        """Words that are the same in all of these runs, on one input, and not in the usual ones."""
        for slot, mask in self._random.items():
            stack = _stacked([bodies[slot] for bodies in runs if slot in bodies])
            if stack is None or len(stack) < len(runs) or stack.shape[1] != len(mask):
                continue
            same = mask & (stack == stack[0]).all(axis=0) & (self._stacks[slot] != stack[0]).any(axis=0)
            if same.any():
                yield Again(slot, int(same.sum()))

    def anywhere(self, runs: Sequence[Bodies]) -> Iterator[Again]:
        """Stretches of 16 bytes that come twice among all these runs: in one wire, in two runs, or of two senders."""
        values, owners, slots = [], [], list[Slot]()
        most = max(_FEWEST, _STRETCHES // max(1, sum(map(len, runs))))
        for number, bodies in enumerate(runs):
            for slot, body in bodies.items():
                mask, row = self._random.get(slot), words(body)
                if mask is None or len(row) != len(mask) or len(row) < _TOGETHER:
                    continue
                wide = np.lib.stride_tricks.sliding_window_view(row, _TOGETHER)
                whole = np.lib.stride_tricks.sliding_window_view(mask, _TOGETHER).all(axis=1)
                kept = wide[whole][:most]
                values.append(_mixed(kept))
                owners.append(np.full(len(kept), len(slots) + number * 2**32, dtype=np.int64))
                slots.append(slot)
        if values:
            yield from _twice(np.concatenate(values), np.concatenate(owners), slots)


def _mixed(wide: npt.NDArray[np.uint32]) -> npt.NDArray[np.void]:
    return np.ascontiguousarray(wide).view(f"V{4 * _TOGETHER}").ravel()


def _twice(values: npt.NDArray[np.void], owners: npt.NDArray[np.int64], slots: Sequence[Slot]) -> Iterator[Again]:
    """Each wire with stretches that stand elsewhere too. One sender may send the same to several parties in a run."""
    order = np.argsort(values, kind="stable")
    ranked, owned = values[order], owners[order]
    found: Counter[int] = Counter()
    for at in np.flatnonzero(ranked[1:] == ranked[:-1]):
        one, other = int(owned[at]), int(owned[at + 1])
        (run, first), (late, second) = divmod(one, 2**32), divmod(other, 2**32)
        if one == other or run != late or slots[first][0] != slots[second][0]:
            found[second] += 1
    for place, count in found.most_common(2):
        yield Again(slots[place], count)


def _stacked(sides: Sequence[bytes]) -> Words | None:
    """One row for each body; None where their lengths differ or nothing is in them."""
    if not sides or len({len(body) for body in sides}) > 1 or len(sides[0]) < 4:
        return None
    return np.stack([words(body) for body in sides])


def _look_random(stack: Words) -> npt.NDArray[np.bool_]:
    """Which places hold words of many different bytes, a different one in every run."""
    parts = np.sort(np.ascontiguousarray(stack).view(np.uint8).reshape(*stack.shape, 4), axis=2)
    distinct = 1 + (parts[..., 1:] != parts[..., :-1]).sum(axis=2)
    ranked = np.sort(stack, axis=0)
    fresh = (ranked[1:] != ranked[:-1]).all(axis=0)
    looks: npt.NDArray[np.bool_] = fresh & (distinct.mean(axis=0) > _DISTINCT)
    return looks


def now_and_then(plays: Sequence[bytes]) -> int:
    """In how many plays on one input, if in three at least, the same words stand as in others, at several places each.

    What goes out bare in one run of fifty shows so. Almost all plays must show words of their own at such a place.
    """
    stack = _stacked([_ends(body) for body in plays])
    if stack is None or len(stack) < 2 * _OFTEN:
        return 0
    ranked, order = np.sort(stack, axis=0), np.argsort(stack, axis=0, kind="stable")
    new = np.concatenate([np.ones((1, stack.shape[1]), dtype=bool), ranked[1:] != ranked[:-1]])
    usual = new.sum(axis=0) > 0.8 * len(stack)
    # The place of a run of equal words among the ranked ones, and how long it is.
    groups = np.cumsum(new, axis=0) - 1 + np.arange(stack.shape[1]) * len(stack)
    sizes = np.bincount(groups.ravel(), minlength=stack.size)
    often = (sizes[groups] >= _OFTEN) & usual
    shared = np.zeros_like(often)
    np.put_along_axis(shared, order, often, axis=0)
    count = int((shared.sum(axis=1) >= min(_PLACES, stack.shape[1])).sum())
    return count if count >= _OFTEN else 0


class Plays:
    """What was hidden in the plays of a game, kept by input: the ends of the bodies of a few wires."""

    def __init__(self) -> None:
        self._kept: dict[tuple[int, Slot], list[bytes]] = defaultdict(list)

    def add(self, coin: int, bodies: Bodies) -> None:
        """Keep one play: of many wires the first and the last ones."""
        slots = list(bodies)
        for slot in slots if len(slots) <= _SLOTS else slots[: _SLOTS // 2] + slots[-_SLOTS // 2 :]:
            body = bodies[slot]
            self._kept[coin, slot].append(body if len(body) <= 2 * _SHORT else body[:_SHORT] + body[-_SHORT:])

    def faults(self) -> list[str]:
        """Wires that show the same words in some plays of one input, in a sentence each."""
        counts = {key: (now_and_then(plays), len(plays)) for key, plays in self._kept.items()}
        return [
            f"{kind!r} from {sender} to {receiver} shows the same words in {count} of {total} runs on one input"
            for (_, (sender, receiver, kind, _)), (count, total) in counts.items()
            if count
        ]
