"""Checks of key custody and of shared memory."""

import base64
import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from privacy.attacks.features import inflate
from privacy.boundary.party import Party
from privacy.boundary.seat import KeyBox
from privacy.boundary.transcript import Transcript, entropy
from privacy.errors import ProtocolAborted, VeilbenchError
from privacy.protocol import Session
from privacy.testing.bench import Bench, CheckResult, station, whole_channel
from privacy.transports.base import Transport

Material = Mapping[str, bytes]

_RUN = 32
_BITS = 96.0
_BLOCK = 16
_INFLATED = 2**22
_HITS = 4096
_GAP = bytes(_BLOCK)
_MANY = 32
_RUNS = 3
_NAMED = "secret material"


class WatchedBox(KeyBox):
    """A key box that remembers what was ever put into it."""

    def __init__(self, box: KeyBox) -> None:
        super().__init__()
        self._material = box.material()
        self.ever: dict[str, bytes] = dict(self._material)

    def put(self, name: str, material: bytes) -> None:
        super().put(name, material)
        self.ever[f"{name} {len(self.ever)}"] = material


def check_keys(bench: Bench) -> CheckResult:
    """No key material in what any other party received, raw, compressed, in hex or in base64.

    Key material is what parties register in their key boxes, and what the mechanism names by `secret_material`.
    """
    title = "keys stay with their holder"
    holder = bench.mechanism.key_holder(bench.case.task)
    first, transcript = _watched(bench)
    second, _ = _watched(bench)
    boxed = {p: [name for name in material if not name.startswith(_NAMED)] for p, material in first.items()}
    found = [f"{p} holds keys and is not the key holder" for p in first if holder not in (None, p) and boxed[p]]
    seen = bench.place.here or holder in bench.case.holders
    if holder is not None and seen and not first.get(holder):
        found.append(f"{holder} is declared the key holder and registered no key")
    if not found and not any(first.values()):
        text = "no party holds a key that it registered or named as secret material, so no wire was searched"
        text = text if bench.place.here else "no party in this process holds a key; those elsewhere are out of sight"
        return CheckResult("keys", title, None, text)
    for owner, material in first.items():
        other = b"\0".join(second[owner].values())
        if material and all(value in other for value in material.values()):
            found.append(f"two fresh seats of {owner} hold the same keys")
        found += _leaks(owner, material, other, transcript)
    size = sum(len(v) for material in first.values() for v in material.values())
    return CheckResult("keys", title, not found, "; ".join(found) or f"none of {size} bytes of keys in a foreign wire")


def _watched(bench: Bench) -> tuple[dict[Party, dict[str, bytes]], Transcript]:
    """All key material by party, and the transcript, of fresh seats and two runs."""
    session = bench.session()
    boxes, named = {}, dict[Party, dict[str, bytes]]()
    for party in (p for p in session.endpoints if bench.visible(session, p)):
        seat = station(session, party).role.seat
        boxes[party] = seat.keys, WatchedBox(seat.keys)
        seat.keys = boxes[party][1]
    channel = whole_channel()
    session.publish(channel)
    bench.run(session, bench.case.x0, channel=channel)
    _name_secrets(bench, session, named)
    # A key may serve one run only.
    with contextlib.suppress(ProtocolAborted):
        bench.run(session, bench.case.x1, channel=channel)
        _name_secrets(bench, session, named)
    return {p: old.material() | new.ever | named[p] for p, (old, new) in boxes.items()}, channel.transcript


def _name_secrets(bench: Bench, session: Session[Any], named: dict[Party, dict[str, bytes]]) -> None:
    """Note what the mechanism's test-only hook names for each seat now."""
    for party in (p for p in session.endpoints if bench.visible(session, p)):
        kept = named.setdefault(party, {})
        for secret in bench.mechanism.secret_material(station(session, party).role.seat):
            kept[f"{_NAMED} {len(kept)}"] = bytes(secret)


def _leaks(owner: Party, material: Material, constant: bytes, transcript: Transcript) -> list[str]:
    """Which key of `owner` another party received, and who: the first for each receiver."""
    if not material:
        return []
    foreign = [(p, m) for m in transcript.messages for p in {m.receiver, m.via} - {owner, None} if p is not None]
    # With many parties there are many wires: search them all at once, and one by one only where that finds something.
    distinct = dict.fromkeys(m for _, m in foreign)
    if len(distinct) > _MANY:
        whole = _GAP.join(reading for m in distinct for reading in readings(m.sample))
        if _leaked(material, constant, [whole]) is None:
            return []
    found: dict[Party, str] = {}
    for party in dict.fromkeys(p for p, _ in foreign):
        # A key that goes out in pieces, wire by wire.
        whole = b"".join(m.sample for p, m in foreign if p == party and m.body_bytes < _RUN)
        if (name := _leaked(material, constant, [whole])) is not None:
            found[party] = f"key {name!r} of {owner} is in several wires to {party}"
    for party, message in foreign:
        if party not in found and (name := _leaked(material, constant, readings(message.sample))) is not None:
            found[party] = f"key {name!r} of {owner} is in a wire to {party}"
    return list(found.values())


def changes(body: bytes) -> bytes:
    """Each byte against the one before it: what is the same when all bytes are changed by one and the same mask."""
    raw = np.frombuffer(body, dtype=np.uint8)
    return (raw[1:] ^ raw[:-1]).tobytes()


def _leaked(material: Material, constant: bytes, bodies: Iterable[bytes]) -> str | None:
    """The name of the first key of which a stretch is in a body."""
    for body in bodies:
        changed = changes(body)
        for name, key in material.items():
            if contains_key(changed, changes(key), constant=changes(constant)):
                return name
            if any(contains_key(body, form, constant=constant) for form in forms_of(key)):
                return name
    return None


def readings(body: bytes) -> Iterator[bytes]:
    """The body as it is, and what each zlib or gzip stream in it holds."""
    yield body
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08", body):
        found = inflate(body, starts=(match.start(),), limit=_INFLATED)
        if len(found) >= _BLOCK:
            yield found


def forms_of(key: bytes) -> Iterator[bytes]:
    """The forms in which a key could stand somewhere: as it is, back to front, inverted, wide, and written down."""
    yield key
    if len(key) <= 4096:
        raw = np.frombuffer(key, dtype=np.uint8)
        yield key[::-1]
        yield from (raw.astype(kind).tobytes() for kind in ("<u2", ">u2", "<u4", ">u4", "<u8"))
        yield from (key[i::2] + bytes(_BLOCK) for i in range(2) if len(key) >= 2 * _RUN)
        yield ",".join(map(str, key)).encode()
        yield ", ".join(map(str, key)).encode()
        yield base64.b32encode(key).rstrip(b"=")
        yield key.hex().encode()
        yield key.hex().upper().encode()
        for skip in range(3):
            # Base64 reads three bytes at a time; the ends mix with their neighbours.
            yield base64.b64encode(key[skip:])[: (len(key) - skip) // 3 * 4]


def contains_key(body: bytes, key: bytes, *, constant: bytes = b"") -> bool:
    """Whether `body` holds a telling stretch of `key`.

    Telling: at least 32 bytes (or all of a shorter key) with 96 bits of empirical entropy, so that zeros and small
    numbers do not count. A block that is in `constant` too, the key of a second fresh seat, is no secret: formats
    repeat their headers.
    """
    # Any common stretch of 31 bytes holds a whole block of 16; a block of one or two values tells nothing.
    starts = range(0, len(key) - _BLOCK + 1, _BLOCK)
    blocks = [i for i in starts if len(set(key[i : i + _BLOCK])) > 2]
    if not blocks or len(body) < _BLOCK:
        return False
    words = np.ndarray((len(body) - 7,), dtype="<u8", buffer=body, strides=(1,))
    heads = np.frombuffer(b"".join(key[i : i + 8] for i in blocks), dtype="<u8")
    order = np.argsort(heads, kind="stable")
    ranked = heads[order]
    at = np.minimum(np.searchsorted(ranked, words), len(ranked) - 1)
    for place in np.flatnonzero(ranked[at] == words)[:_HITS]:
        # Equal heads stand together: try each of their blocks.
        for k in range(int(at[place]), len(ranked)):
            if ranked[k] != words[place]:
                break
            start = blocks[int(order[k])]
            if key[start : start + _BLOCK] not in constant and _matches(body, int(place), key, start):
                return True
    return False


def _matches(body: bytes, place: int, key: bytes, start: int) -> bool:
    """Whether the longest common stretch around `body[place]` and `key[start]` is telling."""
    left = right = 0
    while left < min(place, start) and body[place - left - 1] == key[start - left - 1]:
        left += 1
    while right < min(len(body) - place, len(key) - start) and body[place + right] == key[start + right]:
        right += 1
    run = key[start - left : start + right]
    needed = min(_BITS, 0.75 * entropy(key) * len(key))
    return len(run) >= min(_RUN, len(key)) and entropy(run) * len(run) >= needed


def check_isolation(bench: Bench) -> CheckResult:
    """With every computing party in a process of its own the outputs stay right: no memory is shared."""
    title = "same output with the computing parties in processes of their own"
    from privacy.transports.spawned import Spawned

    if not bench.computing:
        return CheckResult("isolation", title, None, "no computing party takes part")
    placed: dict[str, Transport] = {role: Spawned() for role in {p.role for p in bench.computing}}
    try:
        done, wrong = _isolated(bench, placed)
    except VeilbenchError as error:
        return CheckResult("isolation", title, False, str(error))
    finally:
        for transport in placed.values():
            transport.close()
    text = f"{done - wrong} of {done} outputs right with {len(bench.computing)} spawned parties"
    return CheckResult("isolation", title, not wrong, text)


def _isolated(bench: Bench, placed: Mapping[str, Transport]) -> tuple[int, int]:
    """How many runs were made, and how many of their outputs were wrong."""
    session = bench.session(transports=placed)
    session.publish(channel := whole_channel())
    done = wrong = 0
    for secret in bench.secrets(_RUNS):
        session.reseat(*bench.case.holders, channel=channel)
        try:
            wrong += not bench.whole(bench.run(session, secret)[0], secret)
        except ProtocolAborted:
            # A key may serve so many runs only, but one at least.
            if not done:
                raise
            break
        done += 1
    return done, wrong
