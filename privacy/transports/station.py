"""A station: one role with its envelopes, wherever it lives. Sealed bytes in, sealed bytes out."""

import hashlib
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from privacy.boundary.envelope import Envelope
from privacy.boundary.party import Party
from privacy.boundary.secret import Secret
from privacy.boundary.wire import PUBLIC, Wire
from privacy.debugging import blamed, mistake
from privacy.errors import BoundaryError, IntegrityError, MechanismError, VeilbenchError, WireError
from privacy.mechanism import Abort, Done, Role

T = TypeVar("T")
_METHODS = ("query", "answer", "reveal")
MaterialCache = dict[bytes, Wire]
"""Published material that a device has kept, by content hash."""


@dataclass(frozen=True)
class RunKey:
    """What an endpoint needs to take part in one run of a session."""

    session: str
    run: int
    key: bytes

    def envelope(self) -> Envelope:
        return Envelope(key=self.key, session=self.session, run=self.run)


@dataclass(frozen=True)
class Reply:
    """What a role did in a round: wires, and perhaps its end."""

    wires: tuple[bytes, ...] = ()
    done: bool = False
    output: Any = None
    abort: str | None = None
    refused: tuple[int, ...] = ()
    """Places in the inbox of wires that failed their envelope and were left out."""


def content_hash(wire: Wire) -> bytes:
    """What published material is cached by: its kind and body."""
    return hashlib.blake2b(wire.kind.encode() + b"\0" + wire.body, digest_size=32).digest()


class Station:
    """Runs on the party's own machine: drives its role, and opens and seals its wires."""

    def __init__(self, role: Role[Any], *, cache: MaterialCache | None = None) -> None:
        self.role, self.party, self.cache = role, role.seat.party, cache
        self.seconds = 0.0
        self._envelope: Envelope | None = None
        self._published: list[Wire] = []
        self._offered: list[Wire] = []
        self._held: list[Wire] = []

    def connect(self, key: RunKey) -> None:
        self._envelope = key.envelope()

    def publish(self, *, offer: bool) -> list[bytes]:
        """Seal the role's published wires, or, with `offer`, only their content hashes."""
        wires = self._timed("publish", lambda: self._wires(self.role.publish(), "publish"))
        if not offer:
            return self._seal(wires, round_=0)
        self._published = wires
        return self._seal([Wire(w.to, "offer", PUBLIC, content_hash(w), via=w.via) for w in wires], round_=0)

    def want(self, offers: Sequence[bytes]) -> list[bytes]:
        """Ask for the offered material that this device does not hold."""
        self._offered = self._open(offers)
        held = self.cache if self.cache is not None else {}
        # Several parties may offer the same material: the first is asked.
        missing = {w.body: w for w in reversed(self._offered) if w.body not in held}
        return self._seal([Wire(_sender(w), "want", PUBLIC, h) for h, w in missing.items()], round_=0)

    def fulfil(self, wants: Sequence[bytes]) -> list[bytes]:
        """Send the material that was asked for."""
        published = {(w.to, content_hash(w)): w for w in self._published}
        order = [(_sender(w), w.body) for w in self._open(wants)]
        return self._seal([published[key] for key in order if key in published], round_=0)

    def keep(self, material: Sequence[bytes]) -> list[Wire]:
        """Hand the published wires, received or held, to the role; returns them."""
        wires = self._open(material)
        if self._offered and self.cache is not None:
            self.cache.update({content_hash(w): w for w in wires})
            if any(w.body not in self.cache for w in self._offered):
                raise WireError("published material does not match the hash that it was offered by")
            wires = [replace(self.cache[w.body], to=w.to, sender=w.sender) for w in self._offered]
        self._hand_over(wires)
        return wires

    def admit(self, newcomers: Sequence[Party], material: Sequence[bytes], *, held: Sequence[Wire]) -> None:
        """Hand over all material that counts now that there are newcomers: theirs in place of their predecessors'.

        `held` is what a newcomer's own device holds already: it crosses no channel.
        """
        stays = [w for w in self._held if w.sender not in newcomers]
        self._hand_over([*stays, *held, *self._open(material)])

    def _hand_over(self, wires: list[Wire]) -> None:
        self._held = wires
        self._timed("keep", lambda: self.role.keep(list(wires)))

    def begin(self, key: RunKey, secret: Secret[Any] | None) -> None:
        self.connect(key)
        self._timed("begin", lambda: self.role.begin(secret))

    def announce(self, round_: int, inbox: Sequence[bytes]) -> None:
        """Nothing to do ahead: this party computes when it is stepped."""

    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply:
        """Open the inbox, let the role advance, seal what it sends."""
        wires, refused = self._admitted(inbox)
        what = f"round {round_}"

        def advance() -> Done | Abort | list[Wire]:
            result = self.role.step(round_, wires)
            if isinstance(result, Done):
                return replace(result, wires=tuple(self._wires(result.wires, what)))
            if isinstance(result, Abort) and not isinstance(result.reason, str):
                raise self._mistake(f"gave a {type(result.reason).__name__} for a reason", what)
            return result if isinstance(result, Abort) else self._wires(result, what)

        result = self._timed(what, advance)
        if isinstance(result, Abort):
            return Reply(abort=result.reason, refused=refused)
        sent = result.wires if isinstance(result, Done) else result
        sealed = tuple(self._seal(sent, round_=round_))
        if isinstance(result, Done):
            return Reply(sealed, True, result.output, refused=refused)
        return Reply(sealed, refused=refused)

    def take(self, sealed: bytes) -> bool:
        """Hand a streamed wire to the role as it arrives; False if it failed its envelope and was left out."""
        wires, refused = self._admitted([sealed])
        for wire in wires:
            self._timed("an arriving wire", lambda wire=wire: self.role.take(wire))  # type: ignore[misc]
        return not refused

    def _admitted(self, inbox: Sequence[bytes]) -> tuple[list[Wire], tuple[int, ...]]:
        """The wires of an inbox; a tolerant role's without those that failed their envelope, and their places."""
        if not self.role.tolerant:
            return self._open(inbox), ()
        wires: list[Wire] = []
        refused: list[int] = []
        for place, sealed in enumerate(inbox):
            try:
                wires += self._open([sealed])
            except IntegrityError:
                refused.append(place)
        return wires, tuple(refused)

    def forget(self) -> None:
        self._timed("forget", self.role.forget)

    def close(self) -> None:
        """Nothing to end: this party lives in this process."""

    def _timed(self, what: str, work: Callable[[], T]) -> T:
        start = time.perf_counter()
        try:
            return work()
        except VeilbenchError:
            raise
        except Exception as error:
            raise blamed(error, self.role, where=f"{self.party}, {_phase(error, what)}") from error
        finally:
            self.seconds += time.perf_counter() - start

    def _wires(self, made: object, what: str) -> list[Wire]:
        """The wires that a role returned. MechanismError for anything else."""
        if isinstance(made, Iterable) and not isinstance(made, (str, bytes)):
            found = list(made)
            strange = next((w for w in found if not isinstance(w, Wire)), None)
            if all(isinstance(w, Wire) for w in found):
                return found
            raise self._mistake(f"returned a {type(strange).__name__} for a Wire", what)
        raise self._mistake(f"returned a {type(made).__name__} where wires were expected", what)

    def _mistake(self, text: str, what: str) -> MechanismError:
        return mistake(self.role, text, where=f"{self.party}, {what}")

    def _open(self, sealed: Iterable[bytes]) -> list[Wire]:
        return [self._live().open(s, receiver=self.party)[1] for s in sealed]

    def _seal(self, wires: Iterable[Wire], *, round_: int) -> list[bytes]:
        return [self._live().seal(w, sender=self.party, round_=round_) for w in wires]

    def _live(self) -> Envelope:
        if self._envelope is None:
            raise BoundaryError(f"{self.party} is not connected to a run")
        return self._envelope


def _phase(error: BaseException, what: str) -> str:
    """What was being done, with the method of the common case in which it went wrong."""
    names = [frame.f_code.co_name for frame, _ in traceback.walk_tb(error.__traceback__)]
    within = next((name for name in names if name in _METHODS), "")
    return f"{what}, {within}" if within else what


def _sender(wire: Wire) -> Party:
    if wire.sender is None:
        raise BoundaryError("a wire without a sender")
    return wire.sender
