"""Many texts or profiles held as bytes, each made anew where it is looked at.

A text with an emoji takes four bytes a letter in Python, and a profile a dozen objects: of 200,000 that is most of the
memory of a run. Packed they take what their file takes.
"""

import json
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import fields
from typing import TypeVar, overload

from workloads.fyp.data.schema import Profile

T = TypeVar("T")

_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class Packed(Sequence[T]):
    """A sequence that cannot be changed; `blob` is all that it holds, `ends` where each item ends there."""

    def __init__(self, items: Iterable[T], pack: Callable[[T], bytes], unpack: Callable[[bytes], T]) -> None:
        blob, ends = bytearray(), array("q")
        for item in items:
            blob += pack(item)
            ends.append(len(blob))
        self.blob, self.ends, self._unpack = bytes(blob), ends, unpack

    def __len__(self) -> int:
        return len(self.ends)

    @overload
    def __getitem__(self, place: int) -> T: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[T, ...]: ...
    def __getitem__(self, place: int | slice) -> T | tuple[T, ...]:
        if isinstance(place, slice):
            return tuple(self[i] for i in range(*place.indices(len(self))))
        end = self.ends[place]
        place += len(self) if place < 0 else 0
        return self._unpack(self.blob[self.ends[place - 1] if place else 0 : end])

    def __iter__(self) -> Iterator[T]:
        start, blob, unpack = 0, self.blob, self._unpack
        for end in self.ends:
            yield unpack(blob[start:end])
            start = end

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Packed):
            return self.blob == other.blob and self.ends == other.ends
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self.blob)


def packed_texts(texts: Iterable[str]) -> Packed[str]:
    """Texts, also such as no encoding allows."""
    return Packed(texts, lambda t: t.encode("utf-8", "surrogatepass"), lambda b: b.decode("utf-8", "surrogatepass"))


_FIELDS = tuple(field.name for field in fields(Profile))


def packed_profiles(profiles: Iterable[Profile]) -> Packed[Profile]:
    """Profiles, each a list of its fields."""

    def pack(profile: Profile) -> bytes:
        return _ENCODE([getattr(profile, name) for name in _FIELDS]).encode("utf-8", "surrogatepass")

    def unpack(body: bytes) -> Profile:
        values = json.loads(body.decode("utf-8", "surrogatepass"))
        values[-1] = tuple((name, value) for name, value in values[-1])
        return Profile(*values)

    return Packed(profiles, pack, unpack)
