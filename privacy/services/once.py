"""Secrets that work once and for a short time, bounded in number: nonces of sign-ins, tickets for pages.

They are kept in memory. After a restart none is known, so none can be used a second time.
"""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Kept(Generic[T]):
    owner: str
    value: T
    until: float


class Full(Exception):
    """As many are kept as may be."""


class Once(Generic[T]):
    """Values, each under a secret of its own that whoever it was made for may use once, within `life` seconds.

    Of one owner `each` are kept, the newest; of all, `most`.
    """

    def __init__(
        self, *, life: float, most: int = 1000, each: int = 8, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.life, self._most, self._each, self._clock = life, most, each, clock
        self._kept: dict[str, _Kept[T]] = {}
        self._lock = threading.Lock()

    def make(self, value: T, *, owner: str, secret: str = "") -> str:
        """The secret of a value. Full where no more can be kept."""
        secret = secret or secrets.token_hex(16)
        with self._lock:
            now = self._clock()
            self._kept = {s: kept for s, kept in self._kept.items() if kept.until > now}
            same = [s for s, kept in self._kept.items() if kept.owner == _hashed(owner)]
            for old in same[: max(0, len(same) - self._each + 1)]:
                del self._kept[old]
            if len(self._kept) >= self._most:
                raise Full
            self._kept[_hashed(secret)] = _Kept(_hashed(owner), value, now + self.life)
        return secret

    def take(self, secret: str, *, owner: str) -> T | None:
        """The value, which nobody gets again; None where there is none, it is too old, or it is another's."""
        with self._lock:
            kept = self._kept.get(_hashed(secret))
            # A stranger who guesses or overhears it must not use it up either.
            if kept is None or kept.owner != _hashed(owner):
                return None
            del self._kept[_hashed(secret)]
            return kept.value if self._clock() < kept.until else None

    def __len__(self) -> int:
        return len(self._kept)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
