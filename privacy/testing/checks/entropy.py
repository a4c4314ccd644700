"""The check of how much a run draws from the operating system: a secret of a few bits is found by trying them all."""

import os
import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from privacy.boundary.seat import OsRandomness
from privacy.boundary.wire import Exposure
from privacy.guarantees import Strength
from privacy.mechanism import Role
from privacy.testing.bench import Bench, CheckResult, whole_channel
from privacy.testing.shadow import Shadow, shadow_all

_NEEDED = 16
"""Bytes: 128 bits, below which no computational claim can be."""
_TELLING = 8
_HIDDEN = (Exposure.CIPHERTEXT, Exposure.SHARE)


class Draws:
    """What is drawn while a role acts, its size in bytes first: what the host draws for itself is no part of it."""

    def __init__(self) -> None:
        self.made = list[tuple[int, bytes]]()
        self.acting = 0

    @contextmanager
    def act(self) -> Iterator[None]:
        """A role is at work until the end of the block."""
        self.acting += 1
        try:
            yield
        finally:
            self.acting -= 1


class Drawing(Shadow):
    """A role whose draws are counted."""

    def __init__(self, inner: Role[Any], draws: Draws) -> None:
        super().__init__(inner)
        self._draws = draws

    def doing(self, what: str) -> AbstractContextManager[None]:
        return self._draws.act()


@contextmanager
def counted() -> Iterator[Draws]:
    """Counts what Python code of roles draws from the operating system until the end of the block.

    What code in C draws by itself, SEAL's and OpenSSL's keys among it, is not seen.
    """
    drawn, inside = Draws(), [0]

    def watched(draw: Callable[..., Any], size: Callable[..., int]) -> Callable[..., Any]:
        def instead(*args: Any, **more: Any) -> Any:
            # One of these calls another: what is drawn is counted once.
            inside[0] += 1
            try:
                found = draw(*args, **more)
            finally:
                inside[0] -= 1
            if not inside[0] and drawn.acting:
                drawn.made.append((size(found, *args), found if isinstance(found, bytes) else b""))
            return found

        return instead

    def length(found: Any, *args: Any) -> int:
        return len(found)

    def bits(found: Any, *args: Any) -> int:
        # The last argument is a count of bits.
        return max(1, int(args[-1]) // 8)

    def below(found: Any, *args: Any) -> int:
        return max(1, int(args[-1]).bit_length() // 8)

    places: list[tuple[Any, str, Callable[..., int]]] = [
        (os, "urandom", length), (os, "getrandom", length), (secrets, "token_bytes", length),
        (secrets, "randbits", bits), (secrets, "randbelow", below), (random.SystemRandom, "randbytes", length),
        (random.SystemRandom, "getrandbits", bits), (OsRandomness, "bytes", length),
    ]  # fmt: skip
    before = [(owner, name, owner.__dict__.get(name)) for owner, name, _ in places]
    for owner, name, size in places:
        if (draw := getattr(owner, name, None)) is not None:
            setattr(owner, name, watched(draw, size))
    try:
        yield drawn
    finally:
        for owner, name, old in before:
            if old is not None:
                setattr(owner, name, old)
            elif name in vars(owner):
                delattr(owner, name)


def check_entropy(bench: Bench) -> CheckResult:
    """Where a claim is computational, a run draws at least 128 bits anew that its observer is not sent.

    Counted in this process, wherever in the code they are drawn. A nonce that is sent along hides nothing.
    """
    title = "at least 128 fresh bits behind what is hidden"
    claims = {p: c for p in bench.computing if (c := bench.claim(p)) and c.strength == Strength.COMPUTATIONAL}
    if not claims:
        return CheckResult("entropy", title, None, "nothing is claimed that rests on a secret key")
    # What a process draws once, as it loads a library, is no part of it.
    bench.run(bench.published()[0], bench.case.x0)
    with counted() as drawn:
        with drawn.act():
            session = bench.session()
        shadow_all(session, lambda role: Drawing(role, drawn))
        session.publish(channel := whole_channel())
        bench.run(session, bench.case.x0, channel=channel)
    if not drawn.made:
        text = "no draw is seen: a library in C draws by itself, or nothing is drawn, which `fresh` finds"
        return CheckResult("entropy", title, None, text)
    found, least = list[str](), 0
    for party in claims:
        sent = [m for m in channel.transcript.messages if party in (m.receiver, m.via) and m.sender != party]
        if not any(m.exposure in _HIDDEN for m in sent):
            continue
        bodies = b"\0".join(m.sample for m in sent)
        hidden = sum(size for size, value in drawn.made if len(value) < _TELLING or value not in bodies)
        least = min(least or hidden, hidden)
        if hidden < _NEEDED:
            found.append(f"{hidden} bytes are drawn that {party} is not sent, {_NEEDED} are needed")
    fine = f"{least} bytes or more are drawn from the operating system, that the kit sees, and sent to no observer"
    return CheckResult("entropy", title, not found if least or found else None, "; ".join(found) or fine)
