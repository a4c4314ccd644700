"""What the code of roles draws from the operating system: counted, or replaced by a tape that can be played again."""

import hashlib
import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from privacy.mechanism import Role
from privacy.testing.shadow import Shadow


class Draws:
    """What is drawn while a role acts: what the host draws for itself is no part of it.

    With a `tape` the bytes come from a stream that the tape's name gives, the same in every run; `change` is one byte
    of them, counted over all draws, that is another.
    """

    def __init__(self, *, tape: str = "", change: int = -1) -> None:
        self.made = list[bytes]()
        self.acting, self._tape, self._change, self._count = 0, tape, change, 0

    @contextmanager
    def act(self) -> Iterator[None]:
        """A role is at work until the end of the block."""
        self.acting += 1
        try:
            yield
        finally:
            self.acting -= 1

    def drawn(self, data: bytes) -> bytes:
        """What a role gets where the system drew this."""
        if not self.acting:
            return data
        if self._tape:
            data = hashlib.shake_256(f"{self._tape} {len(self.made)}".encode()).digest(len(data))
            place = self._change - self._count
            if 0 <= place < len(data):
                data = data[:place] + bytes([data[place] ^ 0x55]) + data[place + 1 :]
            self._count += len(data)
        self.made.append(data)
        return data


class Drawing(Shadow):
    """A role whose draws are noted."""

    def __init__(self, inner: Role[Any], draws: Draws) -> None:
        super().__init__(inner)
        self._draws = draws

    def doing(self, what: str) -> AbstractContextManager[None]:
        return self._draws.act()


@contextmanager
def drawing(draws: Draws) -> Iterator[Draws]:
    """Until the end of the block all that Python draws from the operating system passes through `draws`.

    `secrets`, `random.SystemRandom`, `uuid` and NumPy's unseeded generators draw so. What code in C draws by itself,
    SEAL's and OpenSSL's keys among it, is not seen.
    """

    def through(draw: Callable[..., bytes]) -> Callable[..., bytes]:
        def instead(*args: Any, **more: Any) -> bytes:
            return draws.drawn(draw(*args, **more))

        return instead

    places: tuple[tuple[Any, str], ...] = ((os, "urandom"), (os, "getrandom"), (random, "_urandom"))
    before = [(owner, name, getattr(owner, name)) for owner, name in places if hasattr(owner, name)]
    for owner, name, draw in before:
        setattr(owner, name, through(draw))
    try:
        yield draws
    finally:
        for owner, name, draw in before:
            setattr(owner, name, draw)
