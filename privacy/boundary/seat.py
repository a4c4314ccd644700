"""Seats: everything that one party holds."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from privacy.boundary.party import Party
from privacy.errors import BoundaryError

TaskT = TypeVar("TaskT")


class Randomness(Protocol):
    """A party's source of random bytes. `seeded`, only inside the conformance kit, marks the record."""

    seeded: bool

    def bytes(self, count: int) -> bytes:
        """Return `count` random bytes."""


class OsRandomness:
    """The operating system's generator."""

    seeded = False

    def bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)


class KeyBox:
    """Key material of one party. It stays with the party; the conformance kit searches the wires for it."""

    def __init__(self) -> None:
        self._material: dict[str, bytes] = {}

    def put(self, name: str, material: bytes) -> None:
        """Register secret key material (at least 16 bytes) under `name`."""
        if len(material) < 16:
            raise BoundaryError(f"key {name!r} has {len(material)} bytes", then="use at least 16")
        self._material[name] = material

    def get(self, name: str) -> bytes:
        if name not in self._material:
            raise BoundaryError(f"there is no key {name!r} in this box")
        return self._material[name]

    def material(self) -> dict[str, bytes]:
        """All key material by name, for the party itself and for the conformance kit."""
        return dict(self._material)

    def discard(self) -> None:
        self._material.clear()

    def __repr__(self) -> str:
        return f"<KeyBox of {len(self._material)} keys>"


@dataclass(repr=False)
class Seat(Generic[TaskT]):
    """What one party holds: the public task, its own input, its keys and its randomness; nothing else."""

    party: Party
    task: TaskT
    own: Any = None
    keys: KeyBox = field(default_factory=KeyBox)
    random: Randomness = field(default_factory=OsRandomness)

    def __repr__(self) -> str:
        return f"<Seat of {self.party}>"
