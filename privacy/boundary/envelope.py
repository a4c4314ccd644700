"""Envelopes: bind each wire to its session, run, round, sender, receiver and sequence number."""

import hashlib
import hmac
import json
import struct
from dataclasses import dataclass

from privacy.boundary.party import Party
from privacy.boundary.wire import Exposure, Wire
from privacy.errors import BoundaryError, IntegrityError

_LENGTH = struct.Struct("<I")
_TAG_BYTES = 32
_MAX_HEADER = 1024


@dataclass(frozen=True)
class Binding:
    """What an envelope binds a wire to."""

    session: str
    run: int
    round: int
    seq: int
    sender: Party
    receiver: Party


def _tag(key: bytes, *parts: bytes | memoryview) -> bytes:
    made = hashlib.blake2b(key=key, digest_size=_TAG_BYTES)
    for part in parts:
        made.update(part)
    return made.digest()


@dataclass(frozen=True)
class _Genuine:
    """A long envelope whose tag is that of `key`, and what was read from its bytes, if anybody has read them."""

    sealed: bytes
    key: bytes
    read: tuple[Binding, Wire] | None


class _Latest:
    """The long envelope that was sealed or verified last in this process, known by the identity of its bytes.

    Those cannot change, so that their tag need not be computed again where the channel and the receiver are in the
    same process; any other object, also of equal bytes, is verified. It is let go once its receiver has it.
    """

    def __init__(self) -> None:
        self._entry: _Genuine | None = None

    def note(self, sealed: bytes, key: bytes, *, read: tuple[Binding, Wire] | None = None) -> None:
        if type(sealed) is bytes and len(sealed) >= _LONG:
            self._entry = _Genuine(sealed, key, read)

    def get(self, sealed: bytes, key: bytes) -> _Genuine | None:
        entry = self._entry
        known = entry is not None and entry.sealed is sealed and hmac.compare_digest(entry.key, key)
        return entry if known else None

    def drop(self, sealed: bytes) -> None:
        if self._entry is not None and self._entry.sealed is sealed:
            self._entry = None


_LONG = 2**16
_latest = _Latest()


def _parse(data: memoryview) -> tuple[Binding, Wire]:
    """Binding and wire of an envelope without its tag; one of several errors if it is malformed."""
    size = _LENGTH.unpack_from(data)[0]
    if size > _MAX_HEADER:
        raise IntegrityError("a wire's header is too long")
    head = json.loads(bytes(data[4 : 4 + size]))
    via = Party.parse(head["via"]) if head["via"] else None
    sender, to = Party.parse(head["from"]), Party.parse(head["to"])
    binding = Binding(head["session"], head["run"], head["round"], head["seq"], sender, to)
    if not all(type(number) is int for number in (binding.run, binding.round, binding.seq)):
        raise ValueError
    return binding, Wire(to, head["kind"], Exposure(head["exposure"]), bytes(data[4 + size :]), sender, via)


class Envelope:
    """One endpoint's end of one run: seals what it sends, opens what it receives.

    The tag is keyed BLAKE2b (RFC 7693) under the session key. Sequence numbers rise by sender, so a replayed
    or reordered wire is refused.
    """

    def __init__(self, *, key: bytes, session: str, run: int) -> None:
        self._key, self._session, self._run = key, session, run
        self._next: dict[Party, int] = {}
        self._seen: dict[Party, int] = {}

    def seal(self, wire: Wire, *, sender: Party, round_: int) -> bytes:
        """Return header length, header, body and tag of `wire` as sent by `sender` in `round_`."""
        seq = self._next.get(sender, 0)
        self._next[sender] = seq + 1
        head = {
            "session": self._session, "run": self._run, "round": round_, "seq": seq,
            "from": sender.name, "to": wire.to.name, "via": wire.via.name if wire.via else None,
            "kind": wire.kind, "exposure": wire.exposure.value,
        }  # fmt: skip
        header = json.dumps(head, separators=(",", ":")).encode()
        start = _LENGTH.pack(len(header)) + header
        sealed = b"".join((start, wire.body, _tag(self._key, start, wire.body)))
        # What is opened is read from the bytes, never taken from the sender's own objects.
        _latest.note(sealed, self._key)
        return sealed

    def open(self, sealed: bytes, *, receiver: Party | None = None) -> tuple[Binding, Wire]:
        """Verify an envelope and return its binding and wire.

        With `receiver`, also require that it is addressed to that party and is not a replay. Raises
        IntegrityError otherwise.
        """
        binding, wire = self._read(sealed)
        if (binding.session, binding.run) != (self._session, self._run):
            raise IntegrityError(f"a wire from {binding.sender} belongs to another run")
        if receiver is not None:
            self._accept(binding, receiver)
            _latest.drop(sealed)
        return binding, wire

    def _read(self, sealed: bytes) -> tuple[Binding, Wire]:
        """What an envelope says whose tag is right."""
        known = _latest.get(sealed, self._key)
        if known is not None and known.read is not None:
            return known.read
        data, tag = memoryview(sealed)[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
        if known is None and (len(tag) != _TAG_BYTES or not hmac.compare_digest(tag, _tag(self._key, data))):
            raise IntegrityError("a wire was altered on its way", then="the run's keys are discarded; run it again")
        try:
            found = _parse(data)
        except (BoundaryError, struct.error, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            # Whoever holds the key can seal anything.
            raise IntegrityError("a wire's header is malformed") from None
        _latest.note(sealed, self._key, read=found)
        return found

    def _accept(self, binding: Binding, receiver: Party) -> None:
        if binding.receiver != receiver:
            raise IntegrityError(f"a wire for {binding.receiver} reached {receiver}")
        if binding.seq <= self._seen.get(binding.sender, -1):
            raise IntegrityError(f"a wire from {binding.sender} was replayed")
        self._seen[binding.sender] = binding.seq
