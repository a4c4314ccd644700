"""Mutations of wires for the fuzzer: broken envelopes, and malformed bodies and headers under a valid tag."""

import random
import secrets
import struct
from collections.abc import Callable
from dataclasses import replace

from privacy.boundary.envelope import Envelope, _tag
from privacy.boundary.party import Party
from tests.support.fuzz_targets import Seated

Rng = random.Random


def flip(data: bytes, rng: Rng) -> bytes:
    """One to eight bits."""
    out = bytearray(data or b"\0")
    for _ in range(rng.choice((1, 1, 1, 2, 8))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def cut(data: bytes, rng: Rng) -> bytes:
    return data[: rng.randrange(len(data))] if data else b"\0"


def lie(data: bytes, rng: Rng) -> bytes:
    """A huge, negative or odd number where a length may stand."""
    number = rng.choice((2**63 - 1, 2**64 - 1, 2**32 - 1, 2**31, 0, 1, len(data) + 1, 10**7))
    patch = struct.pack("<Q", number)[: rng.choice((4, 8))]
    place = rng.choice((0, 4, 8, 12, 16, 24, 32, 40, rng.randrange(len(data) + 1)))
    return (data[:place] + patch + data[place + len(patch) :])[: max(len(data), 1)]


BODIES: dict[str, Callable[[bytes, Rng], bytes]] = {
    "flipped": flip,
    "cut": cut,
    "length lie": lie,
    "random": lambda d, rng: rng.randbytes(len(d)),
    "empty": lambda d, rng: b"" if d else b"\0",
    "longer": lambda d, rng: d + rng.randbytes(rng.choice((1, 7, 65_536))),
    "zeros": lambda d, rng: bytes(len(d)),
    "ones": lambda d, rng: b"\xff" * len(d),
    "doubled": lambda d, rng: d + d,
}


def broken(one: bytes, seated: Seated, run: int, rng: Rng) -> tuple[str, list[bytes]]:
    """A wire whose envelope no longer holds: what was done, and what is sent instead."""
    kind = rng.choice(("bytes", "bytes", "bytes", "key", "session", "run", "twice", "receiver"))
    if kind == "bytes":
        name = rng.choice(list(BODIES))
        altered = BODIES[name](one, rng)
        return f"envelope {name}", [altered if altered != one else one + b"\0"]
    if kind == "twice":
        return "replayed", [one, one]
    channel = seated.channel
    binding, wire = Envelope(key=channel.key, session=channel.session, run=run).open(one)
    key = secrets.token_bytes(32) if kind == "key" else channel.key
    session = secrets.token_hex(8) if kind == "session" else channel.session
    other = Envelope(key=key, session=session, run=run - 1 if kind == "run" else run)
    to = Party("nobody") if kind == "receiver" else wire.to
    return f"another {kind}", [other.seal(replace(wire, to=to), sender=binding.sender, round_=binding.round)]


def retagged(one: bytes, key: bytes, rng: Rng) -> tuple[str, bytes]:
    """A wire with another body or header under a valid tag."""
    size = struct.unpack_from("<I", one)[0]
    head, body = one[4 : 4 + size], one[4 + size : -32]
    name = rng.choice(list(BODIES))
    if rng.random() < 0.2:
        wording = f"header {name}"
        head = BODIES[name](head, rng)[:2000]
        data = struct.pack("<I", rng.choice((len(head), len(head), size, 2**31))) + head + body
    else:
        wording, data = f"body {name}", one[: 4 + size] + BODIES[name](body, rng)
    return wording, data + _tag(key, data)
