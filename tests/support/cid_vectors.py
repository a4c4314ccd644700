"""CIDs that kubo gives, and the bytes that they are of (tests/stores/cid-vectors.json)."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

import pytest

from privacy.stores.cid import CID
from privacy.stores.unixfs import Profile
from tests.support import TESTS
from tests.support.soaking import in_soak

_LARGE = 20_000_000


@dataclass(frozen=True)
class Vector:
    """A file that follows from its size, how it is cut, and its CID."""

    size: int
    profile: Profile
    cid: CID

    @property
    def data(self) -> bytes:
        return hashlib.shake_256(b"veilbench cid vector %d" % self.size).digest(self.size)


def vectors() -> list[Vector]:
    rows = json.loads((TESTS / "stores" / "cid-vectors.json").read_text())["rows"]
    return [Vector(r["size"], Profile(chunk=r["chunk"], links=r["links"]), CID.parse(r["cid"])) for r in rows]


def each(*, most: int = 1 << 40) -> list[Any]:
    """The vectors as parameters; the large ones are left to the soak."""
    found = []
    for one in (v for v in vectors() if v.size <= most):
        name = f"{one.size}-{one.profile.links}"
        large = one.size > _LARGE
        found.append(in_soak("fuzz", one) if large else pytest.param(one, id=name))
    return found
