"""Contributors on machines of their own, who come and fetch: the aggregator's end of their mailboxes.

The driver speaks to a `MailboxEndpoint` as to any party. What it announces is laid into the contributor's mailbox;
what the contributor posts waits in the store until the driver takes it, so that one answer at a time is in memory.
Each contributor seals under a key of its own, so that none can write in the name of another; its wires change key
here and keep their headers, so that their sizes are the same on both sides.
"""

import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from privacy.boundary.party import Party
from privacy.boundary.seat import Seat
from privacy.boundary.secret import Secret
from privacy.boundary.wire import Wire
from privacy.errors import BoundaryError, IntegrityError, ProtocolAborted, VeilbenchError
from privacy.mechanism import Mechanism
from privacy.transports.station import MaterialCache, Reply, RunKey

MATERIAL_RUN, RUN = 1, 2
"""The numbers of the two runs of a live round's channel: what is published before, and the sum itself."""

_TAG_BYTES = 32


class Stopped(Exception):
    """The server is going down: the run stands still and goes on after the restart."""


class Refusal(VeilbenchError):
    """A post is not taken; `early` where it may be sent again later."""

    early = False


class TooEarly(Refusal):
    """The round of a post has not begun here: a server that restarted is catching up."""

    early = True


@dataclass(frozen=True)
class Bundle:
    """What a contributor answered in one round: sealed wires and perhaps its end (`done` or `abort`)."""

    wires: tuple[bytes, ...] = ()
    end: str = ""
    reason: str = ""
    seconds: float = 0.0


class Store(Protocol):
    """Where answers, decisions and inboxes are kept, by contributor and round."""

    def bundle(self, index: int, round_: int) -> Bundle | None:
        """The answer that was taken, if one was."""

    def given_up(self, index: int, round_: int) -> str | None:
        """Why this contributor was given up in this round, if it was."""

    def give_up(self, index: int, round_: int, reason: str) -> None:
        """Decide so for good, also after a restart."""

    def lay(self, index: int, round_: int, sealed: Sequence[bytes], *, material: int) -> None:
        """Keep an inbox for fetching; its first `material` wires were published before the run."""


def rekey(sealed: bytes, old: bytes, new: bytes) -> bytes:
    """The same envelope under another key, of the same size; IntegrityError if its tag is not of the old one."""
    data, tag = sealed[:-_TAG_BYTES], sealed[-_TAG_BYTES:]
    if not hmac.compare_digest(tag, _tag(data, old)):
        raise IntegrityError("a wire was altered on its way")
    return data + _tag(data, new)


def _tag(data: bytes, key: bytes) -> bytes:
    return hashlib.blake2b(data, key=key, digest_size=_TAG_BYTES).digest()


class Mailboxes:
    """Places contributors behind mailboxes. All have until the same moment to answer a round."""

    def __init__(
        self, store: Store, keys: Mapping[int, bytes], *, round_seconds: float,
        on_mail: Callable[[int], None] = lambda index: None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self.store, self.keys, self.seconds, self.on_mail = store, keys, round_seconds, on_mail
        self.round, self.deadline = 0, 0.0
        self.gone: dict[int, str] = {}
        self._clock, self._changed, self._stopping = clock, threading.Condition(), False

    def place(self, mechanism: Mechanism[Any], seat: Seat[Any], *, cache: MaterialCache | None) -> "MailboxEndpoint":
        key = self.keys.get(seat.party.index or 0)
        if key is None:
            raise BoundaryError(f"nobody joined as {seat.party}")
        return MailboxEndpoint(seat.party, self, key)

    def open(self, round_: int) -> None:
        """Begin a round: its deadline is the same for all."""
        with self._changed:
            if round_ > self.round:
                self.round, self.deadline = round_, self._clock() + self.seconds

    @property
    def left(self) -> float:
        """Seconds until the deadline of the round."""
        return max(0.0, self.deadline - self._clock())

    def accept(self, index: int, round_: int, commit: Callable[[], None]) -> None:
        """Take a post by `commit` if its round is open for this contributor; Refusal says why it is not."""
        with self._changed:
            if self._stopping or round_ > self.round:
                raise TooEarly(f"round {round_} has not begun", then="send it again in a moment")
            # A replay may not have come to its decision yet.
            why = self.gone.get(index) or self.store.given_up(index, round_)
            if why:
                raise Refusal(f"contributor-{index} takes no part any more: {why}")
            if round_ < self.round:
                raise Refusal(f"the answer of contributor-{index} to round {round_} came late: that round is over")
            if self._clock() > self.deadline:
                raise Refusal(f"the answer of contributor-{index} came after the {self.seconds:g} s of its round")
            commit()
            self._changed.notify_all()

    def wait(self, index: int, round_: int) -> Bundle:
        """The answer of a contributor, waiting for it until the deadline. ProtocolAborted if none came."""
        with self._changed:
            while True:
                if self._stopping:
                    raise Stopped
                reason = self.store.given_up(index, round_)
                found = None if reason else self.store.bundle(index, round_)
                if found is not None:
                    return found
                if reason is None and self.left <= 0:
                    reason = f"it did not answer in {self.seconds:g} s"
                    self.store.give_up(index, round_, reason)
                if reason is not None:
                    raise ProtocolAborted(reason, where=f"contributor-{index}, round {round_}")
                self._changed.wait(min(self.left, 60.0))

    def leave(self, index: int, reason: str) -> None:
        """Note that the driver goes on without this contributor."""
        with self._changed:
            self.gone.setdefault(index, reason)
        self.on_mail(index)

    def stop(self) -> None:
        """Let the driver's thread end without deciding anything."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def close(self) -> None:
        self.stop()


class MailboxEndpoint:
    """One contributor, somewhere else. `seconds` is what it says its own code took."""

    def __init__(self, party: Party, boxes: Mailboxes, key: bytes) -> None:
        self.party, self.seconds = party, 0.0
        self._boxes, self._hop, self._index = boxes, key, party.index or 0
        self._session, self._material = b"", list[bytes]()

    def connect(self, key: RunKey) -> None:
        self._session = key.key

    def publish(self, *, offer: bool) -> list[bytes]:
        """Contributors publish nothing; `Plan` refuses a mechanism whose contributors do."""
        return []

    def want(self, offers: Sequence[bytes]) -> list[bytes]:
        raise BoundaryError("a live round offers nothing by its hash", then="open its session without a cache")

    def fulfil(self, wants: Sequence[bytes]) -> list[bytes]:
        return []

    def keep(self, material: Sequence[bytes]) -> list[Wire]:
        """Hold what was published until the first round's mail."""
        self._material = self._outward(material)
        return []

    def admit(self, newcomers: Sequence[Party], material: Sequence[bytes], *, held: Sequence[Wire]) -> None:
        raise BoundaryError("a live round seats nobody again", then="open another live round")

    def begin(self, key: RunKey, secret: Secret[Any] | None) -> None:
        """Start: the private input is on the contributor's machine and nowhere else."""
        if secret is not None:
            raise BoundaryError(f"the secret of {self.party} is not for this machine")
        self.connect(key)

    def announce(self, round_: int, inbox: Sequence[bytes]) -> None:
        """Lay the inbox into the mailbox, and ring."""
        self._boxes.open(round_)
        mail = [*self._material, *self._outward(inbox)]
        self._boxes.store.lay(self._index, round_, mail, material=len(self._material))
        self._material = []
        self._boxes.on_mail(self._index)

    def step(self, round_: int, inbox: Sequence[bytes]) -> Reply:
        """Wait for what it answers. ProtocolAborted when it does not."""
        try:
            found = self._boxes.wait(self._index, round_)
        except VeilbenchError as error:
            self._boxes.leave(self._index, str(error))
            raise
        self.seconds += found.seconds
        if found.end == "abort":
            self._boxes.leave(self._index, found.reason)
            return Reply(abort=found.reason or "it gave up")
        return Reply(tuple(rekey(w, self._hop, self._session) for w in found.wires), found.end == "done")

    def take(self, sealed: bytes) -> bool:
        raise BoundaryError(f"{self.party} takes no wire between rounds")

    def forget(self) -> None:
        """Called when the driver drops this contributor: it is told when it next asks."""
        self._boxes.leave(self._index, "its part was refused")

    def close(self) -> None:
        """Nothing to end here: the contributor ends on its own machine."""

    def _outward(self, sealed: Sequence[bytes]) -> list[bytes]:
        return [rekey(one, self._session, self._hop) for one in sealed]
