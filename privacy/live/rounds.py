"""Live rounds: private sums among contributors on machines of their own.

A live round opens, takes contributors until its cohort is full or its time is up, runs one aggregation with those who
joined, and ends with a sum or a reason. A service opens one after another; a late joiner waits for the next.
"""

import contextlib
import logging
import secrets
import threading
import time
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privacy.boundary.party import Party
from privacy.chains.errors import ChainBusy, ChainSlow, ChainUnreachable
from privacy.errors import ProtocolAborted, VeilbenchError
from privacy.live.admission import Member, check_wires, digest
from privacy.live.bells import Bells
from privacy.live.journal import Journal
from privacy.live.plan import Definition, Plan, plan
from privacy.live.question import unread
from privacy.live.run import carry_out, session_keys
from privacy.live.versioned import Versioned, no_blobs
from privacy.registry import Registry
from privacy.stores.errors import StoreBusy, StoreUnreachable
from privacy.transports.mailbox import Mailboxes, Refusal, Stopped, TooEarly

if TYPE_CHECKING:
    from privacy.live.keeper import Keeper
    from privacy.transports.http import Http

_MOST_REFUSALS = 1000
_CHECKS = threading.BoundedSemaphore(2)
"""Only so many answers at a time are in memory to be checked, however many arrive at once."""
_COME_BACK = (ChainUnreachable, ChainSlow, ChainBusy, StoreUnreachable, StoreBusy)
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 30.0
_LOG = logging.getLogger("veilbench")


class LiveRound:
    """One aggregation among real contributors, in a thread of this process."""

    def __init__(
        self, journal: Journal, definition: Definition, registry: Registry, *, then: str = "", number: int = 1,
        last: bool = True, collector: "Http | None" = None, keeper: "Keeper | None" = None,
        on_end: Callable[["LiveRound"], None] = lambda one: None,
    ) -> None:  # fmt: skip
        self.number, self.last = number, last
        self.id, self.journal, self.definition, self.then = journal.folder.name, journal, definition, then
        self.bells, self.session, self.joined = Bells(), "", 0
        self.refusals = journal.refusals()
        self._registry, self._collector, self._on_end = registry, collector, on_end
        self._keeper = keeper if definition.room else None
        self._changed, self.stopping = threading.Condition(), False
        self._boxes: Mailboxes | None = None
        self._parties: frozenset[Party] = frozenset()
        self.result = journal.get("result.json")
        self._pending: dict[str, Any] | None = None
        if self.result is not None and self._keeper is not None and self.result["state"] == "done":
            made = self._keeper.version(journal)
            if made is None:  # a kill fell between the sum and its version
                self.result, self._pending = None, self.result
            else:
                self.result["version"] = made
        self.members = {i: Member.read(i, values) for i, values in journal.members().items()}
        self.opened = time.time()
        closed = journal.get("closed.json")
        self.state = self.result["state"] if self.result else "running" if closed or self._pending else "joining"
        self._thread = threading.Thread(target=self._drive, daemon=True, name=f"live round-{self.id}")

    @cached_property
    def planned(self) -> Plan:
        """The run of a full cohort."""
        return self._plan(self.definition.contributors)

    def _plan(self, joined: int) -> Plan:
        blobs = self._keeper.blob if self._keeper else no_blobs
        return plan(self.definition, self._registry, joined=joined, blobs=blobs)

    @cached_property
    def needs(self) -> tuple[str, ...]:
        """The CIDs of the files that the question is read with."""
        question = unread(self.definition.question, self._registry) if self._keeper else None
        return question.needs if isinstance(question, Versioned) else ()

    def blob(self, cid: str) -> bytes:
        """One of those files, as CAR. StoreError where it cannot be had."""
        assert self._keeper is not None
        return self._keeper.packed(cid)

    def start(self) -> None:
        """Open, or go on from where the journal ends."""
        if self.result is None:
            self._thread.start()
        else:
            self.journal.tidy({i: m.kept() for i, m in self.members.items()})

    def stop(self) -> None:
        """Stand still: nothing is decided, and a new start goes on from here."""
        with self._changed:
            self.stopping = True
            self._changed.notify_all()
        if self._boxes is not None:
            self._boxes.stop()
        self.bells.ring()
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(10)

    def join(self, secret: str) -> Member:
        """Take a seat; the same secret takes the same seat again. Refusal once the cohort is closed."""
        with self._changed:
            known = next((m for m in self.members.values() if m.digest == digest(secret)), None)
            if known is not None:
                return known
            full = len(self.members) >= self.definition.contributors
            if self.state != "joining" or full or self.stopping:
                raise Refusal("this cohort is closed", then=self.then)
            member = Member(len(self.members) + 1, digest(secret), secrets.token_bytes(32))
            self.journal.put(f"members/{member.index}.json", member.kept())
            self.members[member.index] = member
            self._changed.notify_all()
        return member

    def member(self, index: int, secret: str) -> Member | None:
        """Who holds this seat, if the secret is its own."""
        member = self.members.get(index)
        return member if member is not None and member.holds(secret) else None

    def receive(self, member: Member, round_: int, path: Path) -> bool:
        """Take a synced answer from disk; True if the same one was taken before. Refusal says why it is not taken."""
        again = self.journal.same(member.index, round_, path) if self.result is None else None
        if again:
            return True
        self.check_begun()
        boxes = self._boxes
        if boxes is None or member.key is None:
            raise Refusal("this live round has ended")
        with _CHECKS:
            arrived = self.journal.arrived(path)
            check_wires(arrived, member, session=self.session, round_=round_, parties=self._parties)

        def commit() -> None:
            if self.journal.same(member.index, round_, path) is False:
                raise Refusal(f"contributor-{member.index} already gave another answer", then="the first one counts")
            self.journal.keep(member.index, round_, path)

        boxes.accept(member.index, round_, commit)
        return False

    def check_begun(self) -> None:
        """Refusal unless answers are taken now: before the run begins, a restart may still clear what it cannot use."""
        if self.result is not None:
            raise Refusal("this live round has ended")
        if self._boxes is None:
            raise TooEarly("the run has not begun", then="send it again in a moment")

    def anew(self, session: str) -> bool:
        """Whether the run began again, under another session than a contributor knows."""
        return bool(session and self.session) and session != self.session and self.result is None

    def gone(self, index: int) -> str:
        """Why the run goes on without this contributor, if it does."""
        return self._boxes.gone.get(index, "") if self._boxes is not None else ""

    @property
    def left(self) -> float:
        """Seconds until the deadline of the round."""
        return self._boxes.left if self._boxes is not None else 0.0

    def refuse(self, index: int, round_: int, reason: str) -> None:
        """Record a post that was not taken, by name."""
        row = {"contributor": f"contributor-{index}" if index else "unknown", "round": round_, "reason": reason}
        with self._changed:
            if len(self.refusals) < _MOST_REFUSALS and row not in self.refusals:
                self.refusals.append(row)
                self.journal.note_refusal(row)

    def _drive(self) -> None:
        with contextlib.suppress(Stopped):
            self._end(self._pending or self._ended())

    def _ended(self) -> dict[str, Any]:
        """How the run ended, kept. Stopped where the server goes down before."""
        try:
            result = self._run(self._cohort())
        except Stopped:
            raise
        except VeilbenchError as error:
            result = self._aborted(str(error))
        except Exception:
            _LOG.exception("live round %s", self.id)
            result = self._aborted("Something went wrong inside Veilbench.")
        about = {"id": self.id, "joined": self.joined, "ended": time.time(), "refused_posts": self.refusals}
        result |= about | {"definition": self.definition.as_dict()}
        try:
            self.journal.put("result.json", result)
        except VeilbenchError as error:  # a full disk: it cannot be kept, and is still told
            _LOG.error("live round %s could not keep its result: %s", self.id, error)
        return result

    def _cohort(self) -> Plan:
        """Wait for the cohort, close it, and plan its run. ProtocolAborted if too few joined."""
        until = time.monotonic() + self.definition.join_seconds
        with self._changed:
            while self.state == "joining" and len(self.members) < self.definition.contributors:
                left = until - time.monotonic()
                if left <= 0 or self.stopping:
                    break
                self._changed.wait(min(left, 60.0))
            if self.stopping:
                raise Stopped
            self.joined = len(self.members)
            if self.state == "joining":
                self.journal.put("closed.json", {"joined": self.joined})
                self.state = "running"
        if self.joined < self.definition.minimum:
            raise ProtocolAborted(f"{self.joined} joined and {self.definition.minimum} are needed")
        return self._plan(self.joined)

    def _run(self, planned: Plan) -> dict[str, Any]:
        keys = {i: m.key for i, m in self.members.items() if m.key is not None}
        session = session_keys(self.journal, planned)
        self.session = session["session"]
        self._parties = frozenset(planned.mechanism.parties(planned.carried))
        return carry_out(
            self.journal, self.definition, planned, keys, session=session, collector=self._collector,
            ring=self.bells.ring, started=self._started,
        )  # fmt: skip

    def _started(self, boxes: Mailboxes) -> None:
        self._boxes = boxes
        if self.stopping:
            boxes.stop()

    def _aborted(self, reason: str) -> dict[str, Any]:
        gone = self._boxes.gone if self._boxes is not None else {}
        return {
            "state": "aborted", "reason": reason, "included": [], "refused": {}, "dropped": {},
            "reasons": {f"contributor-{i}": text for i, text in gone.items()},
        }  # fmt: skip

    def _end(self, result: dict[str, Any]) -> None:
        if self._keeper is not None and result["state"] == "done":
            result |= self._committed(self._keeper, result)
        self.result, self.state = result, result["state"]
        self.bells.ring()
        self._on_end(self)
        with contextlib.suppress(VeilbenchError):
            self.journal.tidy({i: m.kept() for i, m in self.members.items()})

    def _committed(self, keeper: "Keeper", result: dict[str, Any]) -> dict[str, Any]:
        """The version that came of the sum, or why none did; Stopped where the server goes down before.

        A chain or a store that does not answer is asked again until it does.
        """
        pause = _FIRST_PAUSE
        while True:
            try:
                planned = self._plan(int(result["joined"]))
                return {"version": keeper.commit(self.journal, planned, self.definition, result)}
            except _COME_BACK as error:
                _LOG.warning("live round %s has no version yet: %s", self.id, error)
            except Stopped:
                raise
            except VeilbenchError as error:
                return {"version": None, "no_version": str(error)}
            except Exception:
                _LOG.exception("live round %s", self.id)
                return {"version": None, "no_version": "Something went wrong inside Veilbench."}
            with self._changed:
                if not self.stopping:
                    self._changed.wait(pause)
                if self.stopping:
                    raise Stopped
            pause = min(2 * pause, _LONGEST_PAUSE)
